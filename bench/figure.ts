import type { Machine } from './machine.ts'

/** One line of a suite: what was measured, against what, and whether the goal was met. */
export interface Figure {
  readonly name: string
  readonly ours: number
  readonly unit: string
  /** What it is compared with in the same run; null where the goal is a plain number. */
  readonly anchor: string | null
  readonly theirs: number | null
  readonly ratio: number | null
  readonly goal: string
  readonly met: boolean
  /** How often it was measured; the figure is the median. */
  readonly rounds?: number
  /** The ratio of the goal, for the chart: no more, or no less, than that. */
  readonly bound?: { readonly kind: 'most' | 'least'; readonly ratio: number }
}

/** What `npm run bench -- SUITE --json` prints, and `--keep` keeps for the page of benchmarks. */
export interface SuiteResult {
  readonly suite: string
  readonly measuredOn: string
  readonly machine: Machine
  readonly figures: readonly Figure[]
}

interface Compared extends Pick<Figure, 'name' | 'ours' | 'unit' | 'rounds'> {
  readonly anchor: string
  readonly theirs: number
}

/** A figure that may be at most so many times that of its anchor. */
export function atMost(most: number, compared: Compared): Figure {
  return bounded({ kind: 'most', ratio: most }, compared)
}

/** A figure that has to be at least so many times that of its anchor. */
export function atLeast(least: number, compared: Compared): Figure {
  return bounded({ kind: 'least', ratio: least }, compared)
}

function bounded(bound: NonNullable<Figure['bound']>, compared: Compared): Figure {
  const ratio = compared.ours / compared.theirs
  const limit = bound.ratio.toLocaleString('en', { maximumSignificantDigits: 3 })
  const isMost = bound.kind === 'most'
  const met = isMost ? ratio <= bound.ratio : ratio >= bound.ratio
  return { ...compared, ratio, goal: `${isMost ? '<=' : '>='} ${limit} times`, met, bound }
}

/** A figure that nothing is asked of. */
export function reported(told: Omit<Compared, 'anchor' | 'theirs'> & Partial<Compared>): Figure {
  const { anchor = null, theirs = null } = told
  const ratio = theirs === null ? null : told.ours / theirs
  return { ...told, anchor, theirs, ratio, goal: 'none, reported', met: true }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
