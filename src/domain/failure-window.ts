import type { CircuitOptions, FailureRate, FailureSlice, FailureWindow } from './circuit.ts'
import { areNotFew, withTask } from './failed-tasks.ts'

/** A window has so many slices; the oldest goes as a whole. */
const WINDOW_SLICES = 10

interface WindowOutcome {
  readonly now: number
  readonly failed: boolean
  readonly source: string
  readonly task: string
}

/** Options of a circuit that watches a rate. */
type Watched = Pick<CircuitOptions, 'tasks'> & { readonly rate: FailureRate }

/**
 * A window begins with a failure: while nothing fails there is none, and nothing to keep. The rate is therefore one of
 * the outcomes since the first failure that still counts.
 */
export function withOutcome(
  window: FailureWindow | null,
  outcome: WindowOutcome,
  { rate, tasks }: Watched,
): FailureWindow | null {
  const kept = (window?.slices ?? []).filter((slice) => slice.at > outcome.now - rate.windowMs)
  const first = kept.findIndex((slice) => slice.failures > 0)
  const slices = first === -1 ? [] : kept.slice(first)
  if (slices.length === 0 && !outcome.failed) return null
  const at = outcome.now - (outcome.now % sliceMsOf(rate))
  const last = slices.at(-1)
  const counted = counting(last !== undefined && last.at >= at ? last : emptySlice(at), outcome, tasks)
  return { slices: [...(counted.at === last?.at ? slices.slice(0, -1) : slices), counted] }
}

interface WindowCounts {
  readonly failures: number
  readonly outcomes: number
  readonly sources: number
  readonly tasks: readonly string[]
}

/**
 * The counts that open it, of the latest slices that are enough for that; null where none are. A window is as long as slow
 * failures take: what succeeded in it before says nothing against an outage that has just begun. But a slice may have begun
 * a moment ago, so that it alone says nothing against what ended right before it.
 */
export function excess(
  window: FailureWindow | null,
  rated: Watched,
  workable: readonly string[],
): WindowCounts | null {
  const slices = window?.slices ?? []
  const least = isJoined(slices, rated.rate) ? 2 : 1
  const latest = slices.map((_, index) => countsOf(slices.slice(-Math.max(least, index + 1))))
  return latest.find((counts) => exceeds(counts, rated, workable)) ?? null
}

/** Whether something ended in the slice right before the newest. */
function isJoined(slices: readonly FailureSlice[], rate: FailureRate): boolean {
  const [before, newest] = slices.slice(-2)
  return before !== undefined && newest !== undefined && before.at >= newest.at - sliceMsOf(rate)
}

function sliceMsOf({ windowMs }: FailureRate): number {
  return Math.max(1, Math.floor(windowMs / WINDOW_SLICES))
}

function countsOf(slices: readonly FailureSlice[]): WindowCounts {
  const failures = slices.reduce((sum, slice) => sum + slice.failures, 0)
  const successes = slices.reduce((sum, slice) => sum + slice.successes, 0)
  const sources = new Set(slices.flatMap((slice) => slice.sources)).size
  const tasks = [...new Set(slices.flatMap((slice) => slice.tasks))]
  return { failures, outcomes: failures + successes, sources, tasks }
}

function exceeds(counts: WindowCounts, { rate, tasks }: Watched, workable: readonly string[]): boolean {
  return (
    areNotFew(counts.tasks, { asked: tasks, workable }) &&
    counts.outcomes >= rate.outcomes &&
    counts.sources >= rate.sources &&
    counts.failures >= rate.share * counts.outcomes
  )
}

function emptySlice(at: number): FailureSlice {
  return { at, failures: 0, successes: 0, sources: [], tasks: [] }
}

function counting(slice: FailureSlice, { failed, source, task }: WindowOutcome, most: number): FailureSlice {
  if (!failed) return { ...slice, successes: slice.successes + 1 }
  const sources = slice.sources.includes(source) ? slice.sources : [...slice.sources, source]
  return { ...slice, failures: slice.failures + 1, sources, tasks: withTask(slice.tasks, task, most) }
}
