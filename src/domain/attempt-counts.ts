import type { Attempt } from './attempt.ts'
import type { Limits } from './limits.ts'
import type { Stage } from './stage.ts'

/** What of a task is counted against its limits. */
export interface Counts {
  /** Attempts of RED and RED_FIX that count; where RED_FIX comes without a RED before it, RED counts as one. */
  readonly red: number
  readonly green: number
  readonly fix: number
  readonly disputes: number
  readonly returns: number
  /** Infrastructure losses in a row in the present stage. */
  readonly losses: number
  /** Attempts in a row that ended with the process that worked them, or with its claim. */
  readonly crashes: number
  /** Attempts in a row that a limit of the provider stopped. */
  readonly limits: number
  readonly all: number
}

export const NO_COUNTS: Counts = {
  red: 0,
  green: 0,
  fix: 0,
  disputes: 0,
  returns: 0,
  losses: 0,
  crashes: 0,
  limits: 0,
  all: 0,
}

/** Which limit an attempt counts against. A dispute counts only once it is rejected. */
export function countAttempt(counts: Counts, stage: Stage, outcome: Attempt['outcome']['kind']): Counts {
  if (outcome === 'disputed' || outcome === 'dispute_rejected') return counts
  if (stage === 'fix') return { ...counts, fix: counts.fix + 1 }
  if (outcome === 'accepted') return counts
  if (stage === 'red' || stage === 'red_fix') return { ...counts, red: counts.red + 1 }
  if (stage === 'green') return { ...counts, green: counts.green + 1 }
  return counts
}

/** With the waits between them half a day where no time is named, else as many windows of a subscription. */
const MOST_LIMITS = 100

/** What is no attempt of the task is bounded, too: why a person has to look at it, or null. */
export function goesOnForever(
  { losses, crashes, returns, limits: stopped }: Counts,
  { limits, blame }: { readonly limits: Limits; readonly blame: string },
): string | null {
  if (losses > limits.infrastructure) return `infrastructure failed ${losses} times in a row: ${blame}`
  // Whoever kills a run a few times has done nothing to its tasks.
  if (crashes > limits.attempts) return `${crashes} attempts in a row were cut off: ${blame}`
  // Where no time is named it is the agent alone that says so, and each of them was a call.
  if (stopped >= MOST_LIMITS) return `its provider did not serve it ${stopped} times in a row: ${blame}`
  return returns > limits.landingReturns ? `came back from landing ${returns} times: ${blame}` : null
}
