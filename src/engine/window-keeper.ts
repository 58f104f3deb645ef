import { spentWindow, type SubscriptionWindow } from '../domain/subscription-window.ts'
import { untilText } from '../domain/wording.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Store } from '../store/store.ts'

interface KeeperOptions {
  readonly run: string
  readonly store: Store
  readonly clock: Clock
  /** The share of a window that is to be left; null where all of it may be used. */
  readonly leave: number | null
  readonly pause: (by: 'window', reason: string, until: number) => void
}

/** Knows how much of a subscription is used, and pauses the run before more of it is than a person allows. */
export class WindowKeeper {
  readonly #options: KeeperOptions
  readonly #windows = new Map<string, SubscriptionWindow>()
  readonly #stored = new Map<string, SubscriptionWindow>()
  #told = 0

  /** Knows what the run was told before, and pauses it at once where that still holds. */
  static async open(options: KeeperOptions): Promise<WindowKeeper> {
    const { store, run, leave } = options
    const keeper = new WindowKeeper(options)
    if (leave === null) return keeper
    const told = await store.events({ after: 0, limit: MOST_READ, run, kind: 'subscription_window' })
    for (const { data } of told) {
      const { name, used, resetsAt } = data
      if (typeof name === 'string')
        keeper.#windows.set(name, { name, used: Number(used), resetsAt: Number(resetsAt) })
    }
    keeper.#judge()
    return keeper
  }

  private constructor(options: KeeperOptions) {
    this.#options = options
  }

  async hear({ name, used, resetsAt }: SubscriptionWindow): Promise<void> {
    const window = { name, used, resetsAt }
    if (!this.#windows.has(name) && this.#windows.size >= MOST_WINDOWS) return
    this.#windows.set(name, window)
    this.#judge()
    const { store, run, clock } = this.#options
    if (!isNews(window, this.#stored.get(name)) || this.#told >= MOST_TOLD) return
    this.#stored.set(name, window)
    this.#told += 1
    await store.append(
      [{ run, kind: 'subscription_window', task: null, attempt: null, data: { ...window } }],
      clock.now(),
    )
  }

  /** What goes behind the line that resumes the run, so that as much is left again; null where all may be used. */
  flag(): string | null {
    const { leave } = this.#options
    return leave === null ? null : `--leave-window ${Number((leave * 100).toFixed(4))}%`
  }

  #judge(): void {
    const { leave, clock, pause } = this.#options
    if (leave === null) return
    const now = clock.now()
    const spent = spentWindow(this.#windows.values(), { leave, now })
    if (spent === null) return
    const left = Math.max(0, Math.round((1 - spent.used) * 100))
    const reason = `${left} % of the ${spent.name.replaceAll('_', ' ')} window of the subscription is left, until ${untilText(spent.resetsAt, now)}`
    pause('window', reason, spent.resetsAt)
  }
}

const MOST_READ = 10_000
const MOST_WINDOWS = 20
/** Of one process: who tells a window to and fro fills no log. */
const MOST_TOLD = 2_000
const WORTH_TELLING = 0.01

function isNews(window: SubscriptionWindow, before: SubscriptionWindow | undefined): boolean {
  if (before === undefined || before.resetsAt !== window.resetsAt) return true
  return Math.abs(window.used - before.used) >= WORTH_TELLING - 1e-9
}
