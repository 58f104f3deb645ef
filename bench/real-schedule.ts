import { claimOrder } from '../src/domain/graph.ts'
import { type CliSample, cliSample } from '../test/support/cli-sample.ts'
import { letterFiles, letterPlan, letterSource, letterTest } from '../test/support/letters.ts'
import { randomOf } from '../test/support/seeded-random.ts'
import { tempRepo } from '../test/support/temp-repo.ts'
import type { Figure } from './figure.ts'
import { FAMILIES } from './graphs.ts'
import { listSchedule, type Part, type ScheduledTask } from './list-schedule.ts'

const KEYS = 'ABCDEFGHIJKL'.split('')
const WORKERS = 4
/** One for each worker and one for the landing: what they take from each other is the processor, and that is measured. */
const VERIFICATION_SLOTS = WORKERS + 1
const SHORTEST_STAGE_MS = 5_000
const LONGEST_STAGE_MS = 9_000
const SEED = 1
const MOST_OFF = 0.02

/**
 * A run of the built program, from its first claim to its last landing, against the schedule that its own measured parts
 * make when nothing is lost between them; and what is.
 */
export async function realScheduleFigures(): Promise<Figure[]> {
  const sample = cliSample(tempRepo(letterFiles, { kept: true }))
  try {
    const made = madeTasks()
    await playRun(sample, made)
    const events = await eventsOf(sample)
    const attempts = new Map<string, readonly Attempt[]>()
    for (const key of KEYS) attempts.set(key, await attemptsOf(sample, key))
    return figuresOf(made, events, attempts)
  } finally {
    sample.repo.remove()
  }
}

interface MadeTask {
  readonly key: string
  readonly dependsOn: readonly string[]
  readonly priority: number
  readonly estimateMs: number
  readonly redMs: number
  readonly greenMs: number
}

function madeTasks(): MadeTask[] {
  const random = randomOf(SEED)
  const stageMs = (): number =>
    Math.round(SHORTEST_STAGE_MS + random() * (LONGEST_STAGE_MS - SHORTEST_STAGE_MS))
  const edges = FAMILIES['sparse']?.(KEYS.length, random) ?? []
  return KEYS.map((key, at) => {
    const [redMs, greenMs] = [stageMs(), stageMs()]
    const dependsOn = (edges[at] ?? []).flatMap((before) => KEYS[before] ?? [])
    return { key, dependsOn, priority: 0, estimateMs: redMs + greenMs, redMs, greenMs }
  })
}

async function playRun(sample: CliSample, made: readonly MadeTask[]): Promise<void> {
  const letters = letterPlan(KEYS, Object.fromEntries(made.map(({ key, dependsOn }) => [key, dependsOn])))
  const estimates = new Map(made.map(({ key, estimateMs }) => [key, estimateMs]))
  const tasks = (letters.tasks as { readonly key: string }[]).map((task) => ({
    ...task,
    estimateMs: estimates.get(task.key),
  }))
  const session = Object.fromEntries(
    made.map(({ key, redMs, greenMs }) => {
      const name = key.toLowerCase()
      const red = { write: { [`test/${name}.test.js`]: letterTest(key) } }
      const green = { write: { [`src/${name}.js`]: letterSource(key) } }
      return [key, { red: [[{ sleepMs: redMs }, red]], green: [[{ sleepMs: greenMs }, green]] }]
    }),
  )
  const plan = sample.beside('plan.json', { ...letters, tasks })
  const played = sample.beside('played.session.json', { version: 1, tasks: session })
  const env = { ...sample.env, TDD_VERIFY_SLOTS: String(VERIFICATION_SLOTS) }
  for (const args of [
    ['ingest', plan],
    ['run', '--agent', 'scripted', '--session', played, '--workers', String(WORKERS)],
  ]) {
    const { code, stderr } = await sample.json(args, { env })
    if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${stderr}`)
  }
}

interface Told {
  readonly kind: string
  readonly task: string | null
  readonly at: number
}

async function eventsOf(sample: CliSample): Promise<Told[]> {
  const { stdout } = await sample.cli(['events', '--json'])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told)
}

interface Attempt {
  readonly agentMs: number
  readonly verifyMs: number
  readonly waitMs: number
  readonly engineMs: number
}

async function attemptsOf(sample: CliSample, key: string): Promise<readonly Attempt[]> {
  const { document } = await sample.json(['task', 'show', key])
  return document['attempts'] as readonly Attempt[]
}

function figuresOf(
  made: readonly MadeTask[],
  events: readonly Told[],
  attempts: ReadonlyMap<string, readonly Attempt[]>,
): Figure[] {
  const landings = landingsOf(events)
  const tasks = made.map(({ key, dependsOn }): ScheduledTask => {
    const parts = (attempts.get(key) ?? []).flatMap(({ agentMs, verifyMs, engineMs }): Part[] => [
      { kind: 'work', ms: agentMs + engineMs },
      { kind: 'verification', ms: verifyMs },
    ])
    return { key, dependsOn, parts, landing: landings.get(key) ?? [] }
  })
  const places = { workers: WORKERS, verification: VERIFICATION_SLOTS }
  const theirs = Math.round(listSchedule(tasks, claimOrder(made), places))
  const ours = timeOf(events, 'landed') - timeOf(events, 'task_claimed')
  const run = `a real run of ${KEYS.length} tasks with ${WORKERS} workers`
  return [
    {
      name: `${run}, first claim to last landing`,
      ours,
      unit: 'ms',
      anchor: 'schedule of its measured parts, ms',
      theirs,
      ratio: ours / theirs,
      goal: `ratio within ${MOST_OFF} of 1`,
      met: Math.abs(ours / theirs - 1) <= MOST_OFF,
    },
    {
      name: `${run}, from a task's claim to its landing beside its measured parts, mean`,
      ours: made.reduce((sum, { key }) => sum + besideMs(key, events, attempts), 0) / made.length,
      unit: 'ms',
      anchor: null,
      theirs: null,
      ratio: null,
      goal: 'none, tells where the difference comes from',
      met: true,
    },
  ]
}

/** When a task, or any, did that: of any the first claim, and the last of all else. */
function timeOf(events: readonly Told[], kind: string, key: string | null = null): number {
  const times = events.filter((event) => event.kind === kind && (key === null || event.task === key))
  return (kind === 'task_claimed' ? times[0] : times.at(-1))?.at ?? Number.NaN
}

/** What a task spent in nobody's account: between attempts, and while their rows were written. */
function besideMs(
  key: string,
  events: readonly Told[],
  attempts: ReadonlyMap<string, readonly Attempt[]>,
): number {
  const measured = (attempts.get(key) ?? []).map(
    ({ agentMs, verifyMs, waitMs, engineMs }) => agentMs + verifyMs + waitMs + engineMs,
  )
  const whole = timeOf(events, 'task_landing', key) - timeOf(events, 'task_claimed', key)
  return whole - measured.reduce((sum, ms) => sum + ms, 0)
}

/**
 * Each from when it came, or the one before it had landed, whichever was later: no row says how long a landing took. Were the
 * writer ever to rest while something waits, it would be counted as its work.
 */
function landingsOf(events: readonly Told[]): Map<string, Part[]> {
  const cameAt = new Map<string, number>()
  const landings = new Map<string, Part[]>()
  let free = 0
  for (const { kind, task, at } of events) {
    if (task === null) continue
    if (kind === 'task_landing') cameAt.set(task, at)
    if (kind !== 'landed') continue
    landings.set(task, [{ kind: 'verification', ms: at - Math.max(free, cameAt.get(task) ?? at) }])
    free = at
  }
  return landings
}
