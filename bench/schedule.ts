import { type GraphTask, claimOrder, criticalPaths } from '../src/domain/graph.ts'
import { randomOf } from '../test/support/seeded-random.ts'
import type { Figure } from './figure.ts'
import { FAMILIES } from './graphs.ts'
import { listSchedule, type ScheduledTask } from './list-schedule.ts'
import { realScheduleFigures } from './real-schedule.ts'

const COUNTS = [200, 1_000]
const WORKERS = [2, 4, 8, 16, 32]
const SEEDS = 60
const MEDIAN_MS = 20 * 60_000
const DURATION_SIGMA = 0.8
const ESTIMATE_SIGMA = 0.6

/** How much longer than they must plans take, by the order in which their tasks are claimed; with `--real`, a run as well. */
export async function scheduleFigures(): Promise<Figure[]> {
  const made = COUNTS.flatMap((count) => figuresOf(count, measure(count)))
  return process.argv.includes('--real') ? [...made, ...(await realScheduleFigures())] : made
}

/** How long its tasks take nobody knows beforehand. */
interface MadePlan {
  readonly tasks: readonly (GraphTask & { readonly durationMs: number })[]
  readonly random: () => number
}

/** The order in which tasks are claimed: the first four as the product does with what it is told, the others to compare with. */
const ORDERS = {
  estimates: ({ tasks, random }) =>
    claimOrder(tasks.map((task) => ({ ...task, estimateMs: estimateOf(task, random) }))),
  half: ({ tasks, random }) =>
    claimOrder(
      tasks.map((task) => ({ ...task, estimateMs: random() < 0.5 ? estimateOf(task, random) : null })),
    ),
  none: ({ tasks }) => claimOrder(tasks),
  truth: ({ tasks }) => claimOrder(tasks.map((task) => ({ ...task, estimateMs: task.durationMs }))),
  fifo: ({ tasks }) => tasks.map(({ key }) => key),
  longest: ({ tasks }) =>
    tasks.toSorted((one, other) => other.durationMs - one.durationMs).map(({ key }) => key),
} as const satisfies Record<string, (plan: MadePlan) => string[]>

type Policy = keyof typeof ORDERS | 'waves'

const NAMES: Readonly<Record<Policy, string>> = {
  estimates: `estimates with an error of σ ${ESTIMATE_SIGMA}`,
  half: 'half of them estimated',
  none: 'no estimates',
  truth: 'true durations',
  fifo: 'first in, first out',
  longest: 'the longest task first',
  waves: 'wave after wave',
}
const UNIT = 'times the least'
const STATISTICS = { mean, '95th percentile': high }
const ROWS: readonly Row[] = [
  { policy: 'estimates', statistic: 'mean', most: 1.01 },
  { policy: 'estimates', statistic: '95th percentile', most: 1.05 },
  { policy: 'none', statistic: 'mean', most: 1.03 },
  { policy: 'half', statistic: 'mean', most: 'none' },
  { policy: 'truth', statistic: 'mean', most: null },
  { policy: 'truth', statistic: '95th percentile', most: null },
  { policy: 'longest', statistic: 'mean', most: null },
  { policy: 'waves', statistic: 'mean', most: null },
]

interface Row {
  readonly policy: Policy
  readonly statistic: keyof typeof STATISTICS
  /** A number, or what another policy reaches; null for what is here to compare with. */
  readonly most: number | Policy | null
}

/** One plan with one number of workers: its time as a multiple of the least that it can take. */
interface Sample {
  readonly cell: string
  readonly over: Readonly<Record<Policy, number>>
}

function measure(count: number): Sample[] {
  return Object.entries(FAMILIES).flatMap(([family, edgesOf], place) =>
    Array.from({ length: SEEDS }, (_, seed) => {
      const random = randomOf(place * 1_000_003 + count * 1_009 + seed)
      const tasks = edgesOf(count, random).map((needs, at) => ({
        key: String(at),
        dependsOn: needs.map(String),
        estimateMs: null,
        priority: 0,
        durationMs: MEDIAN_MS * spread(DURATION_SIGMA, random),
      }))
      return samplesOf(family, { tasks, random })
    }).flat(),
  )
}

function samplesOf(family: string, plan: MadePlan): Sample[] {
  const tasks = plan.tasks.map(({ key, dependsOn, durationMs }) => ({
    key,
    dependsOn,
    parts: [{ kind: 'work', ms: durationMs } as const],
    landing: [],
  }))
  const waves = wavesOf(tasks)
  const orders = Object.entries(ORDERS).map(([policy, orderOf]) => [policy, orderOf(plan)] as const)
  const truth = plan.tasks.map((task) => ({ ...task, estimateMs: task.durationMs }))
  const chainMs = Math.max(...criticalPaths(truth).values())
  const workMs = plan.tasks.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return WORKERS.map((workers) => {
    const least = Math.max(chainMs, workMs / workers)
    const takes = (some: readonly ScheduledTask[], order: readonly string[]): number =>
      listSchedule(some, order, { workers, verification: workers }) / least
    const over = {
      ...Object.fromEntries(orders.map(([policy, order]) => [policy, takes(tasks, order)])),
      waves: waves.reduce((sum, wave) => sum + takes(wave, []), 0),
    }
    return { cell: `${family}, ${workers} workers`, over: over as Sample['over'] }
  })
}

/** Each of them waits for the whole one before. */
function wavesOf(tasks: readonly ScheduledTask[]): ScheduledTask[][] {
  const waveOf = new Map<string, number>()
  for (const { key, dependsOn } of tasks)
    waveOf.set(key, Math.max(0, ...dependsOn.map((before) => 1 + (waveOf.get(before) ?? 0))))
  const waves = Map.groupBy(tasks, ({ key }) => waveOf.get(key))
  return [...waves.values()].map((wave) => wave.map((task) => ({ ...task, dependsOn: [] })))
}

function estimateOf({ durationMs }: { readonly durationMs: number }, random: () => number): number {
  return durationMs * spread(ESTIMATE_SIGMA, random)
}

/** Log-normal with a median of 1. */
function spread(sigma: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.exp(sigma * normal)
}

function figuresOf(count: number, samples: readonly Sample[]): Figure[] {
  const rows = ROWS.map(({ policy, statistic, most }) => {
    const of = (each: Policy): number => STATISTICS[statistic](samples.map(({ over }) => over[each]))
    const [ours, theirs] = [of(policy), of('fifo')]
    const limit = typeof most === 'string' ? of(most) : most
    return {
      name: `${count} tasks, ${NAMES[policy]}: ${statistic}`,
      ours,
      unit: UNIT,
      anchor: NAMES.fifo,
      theirs,
      ratio: ours / theirs,
      goal: limit === null ? 'none, to compare with' : `<= ${limit.toFixed(3)}`,
      met: limit === null || ours <= limit,
    }
  })
  return [...rows, worstAgainstFifo(count, samples)]
}

/** Of one family with one number of workers: nowhere is it much worse to know something. */
function worstAgainstFifo(count: number, samples: readonly Sample[]): Figure {
  const cells = [...Map.groupBy(samples, ({ cell }) => cell)].map(([cell, inCell]) => {
    const of = (policy: Policy): number => mean(inCell.map(({ over }) => over[policy]))
    return { cell, ours: of('estimates'), theirs: of('fifo') }
  })
  const ratioOf = ({ ours, theirs }: { readonly ours: number; readonly theirs: number }): number =>
    ours / theirs
  const worst = cells.reduce((most, cell) => (ratioOf(cell) > ratioOf(most) ? cell : most))
  return {
    name: `${count} tasks, ${NAMES.estimates}, where it gains least (${worst.cell}): mean`,
    ours: worst.ours,
    unit: UNIT,
    anchor: NAMES.fifo,
    theirs: worst.theirs,
    ratio: ratioOf(worst),
    goal: 'ratio <= 1.02',
    met: ratioOf(worst) <= 1.02,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function high(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN
}
