/** How a process of the program is to end. */
export type End =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals; readonly afterMs: number }
  /** It is stopped for a while, goes on before its lease is over, and is killed later. */
  | { readonly kind: 'pause'; readonly afterMs: number; readonly ms: number; readonly killAfterMs: number }
  | { readonly kind: 'step'; readonly step: Step }

/** What at-step.mjs does at the nth time of a step. */
export interface Step {
  readonly name: string
  readonly moment: 'before' | 'after'
  readonly nth: number
  readonly how: string
}

/** What `kill` and `stop` mean: at-step.mjs says so. Whom it stops is taken over by another process, which ends it. */
const ALONE = ['kill', 'stop'] as const
const WITH_GIT = ['kill_git', 'stop_git', 'kill_locked', 'stop_locked'] as const
/** Steps, with how often at most each is passed before it is the one. */
const STEPS: readonly (readonly [name: string, most: number, hows: readonly string[]])[] = [
  ['begin', 20, ALONE],
  ['commit', 20, ALONE],
  ['intent', 1, ALONE],
  ['receipt', 1, ALONE],
  ['objects', 2, ALONE],
  ['fence', 1, [...ALONE, ...WITH_GIT]],
  ['landing', 1, [...ALONE, ...WITH_GIT]],
  ['note', 1, [...ALONE, ...WITH_GIT]],
]
const STEP_ENDS: readonly Step[] = STEPS.flatMap(([name, most, hows]) =>
  hows.flatMap((how) => momentsOf(how).map((moment): Step => ({ name, moment, nth: most, how }))),
)
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGHUP'] as const
const LONGEST_LIFE_MS = 2_000

/** Every way to end, so that one that never came is seen. */
export const WAYS: readonly string[] = [
  ...SIGNALS,
  'SIGSTOP',
  ...STEP_ENDS.map((step) => wayOf({ kind: 'step', step })),
]

export function wayOf(end: End): string {
  if (end.kind === 'signal') return end.signal
  if (end.kind === 'pause') return 'SIGSTOP'
  const { name, moment, how } = end.step
  return `${how} ${moment} ${name}`
}

/** Picks the next end: an instant as chance wills, or the next of all steps, so that each has its turn. */
export function endPicker(random: () => number): () => End {
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1))
  let steps: Step[] = []
  return () => {
    const which = random()
    const afterMs = between(100, LONGEST_LIFE_MS)
    if (which < 0.25) return { kind: 'signal', signal: SIGNALS[between(0, 2)] ?? 'SIGKILL', afterMs }
    if (which < 0.3)
      return { kind: 'pause', afterMs, ms: between(100, 3_000), killAfterMs: between(500, 5_000) }
    if (steps.length === 0) steps = shuffled(STEP_ENDS, between)
    const step = steps.pop() as Step
    return { kind: 'step', step: { ...step, nth: between(1, step.nth) } }
  }
}

/** When a git that was stopped goes on: before the next process of the program does that, so long after that one began, or in the end. */
export type Waking =
  | { readonly kind: 'step'; readonly name: string }
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'end' }

/** One that holds its locks lets nobody land, and goes on soon. */
export function pickWaking({ how }: Step, random: () => number): Waking {
  if (how.endsWith('_locked')) return { kind: 'after', ms: 200 + random() * LONGEST_LOCK_MS }
  const name = WAKING_STEPS[Math.floor(random() * (WAKING_STEPS.length + 1))]
  return name === undefined ? { kind: 'end' } : { kind: 'step', name }
}

const LONGEST_LOCK_MS = 4_000
/** Before the fence is taken, behind it, once it was read, and right before the refs move. */
const WAKING_STEPS = ['fence', 'intent', 'objects', 'landing']

/** Git can only be stopped before it is done. */
function momentsOf(how: string): readonly Step['moment'][] {
  return how.includes('_') ? ['before'] : ['before', 'after']
}

function shuffled(steps: readonly Step[], between: (least: number, most: number) => number): Step[] {
  const left = [...steps]
  return steps.map(() => left.splice(between(0, left.length - 1), 1)[0] as Step)
}
