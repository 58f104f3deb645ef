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

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
