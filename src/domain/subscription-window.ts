/** A window in which a subscription may be used so much, as its provider tells it. */
export interface SubscriptionWindow {
  /** `five_hour`, `seven_day`. */
  readonly name: string
  /** The share that is used; more than 1 where more was allowed. */
  readonly used: number
  /** In milliseconds since the epoch. */
  readonly resetsAt: number
}

/** Further away than this no provider's window ends; what says so is not believed. */
const LONGEST_WINDOW_MS = 32 * 86_400_000
const MOST_WINDOWS = 20
const LONGEST_NAME = 60

/** What can be believed of what a client told. */
export function believedWindows(told: readonly SubscriptionWindow[], now: number): SubscriptionWindow[] {
  return told
    .filter(({ used, resetsAt }) => Number.isFinite(used) && used >= 0 && resetsAt - now <= LONGEST_WINDOW_MS)
    .slice(0, MOST_WINDOWS)
    .map((window) => ({ ...window, name: window.name.slice(0, LONGEST_NAME) }))
}

/** The window of which less than `leave` is left, and that goes the longest; null where there is none. */
export function spentWindow(
  windows: Iterable<SubscriptionWindow>,
  { leave, now }: { readonly leave: number; readonly now: number },
): SubscriptionWindow | null {
  let spent: SubscriptionWindow | null = null
  for (const window of windows) {
    // What is told in hundredths is no exact number.
    const isSpent = window.resetsAt > now && 1 - window.used < leave - 1e-9
    if (isSpent && (spent === null || window.resetsAt > spent.resetsAt)) spent = window
  }
  return spent
}
