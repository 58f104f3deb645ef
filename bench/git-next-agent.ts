import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { executeRun } from '../src/engine/execute-run.ts'
import { ingest } from '../src/engine/ingest.ts'
import { type Engine, openEngine } from '../src/engine/open.ts'
import type { Event } from '../src/domain/event.ts'
import { letterFiles, letterPlan, letterSession } from '../test/support/letters.ts'
import { type Figure, median } from './figure.ts'
import { makeRepository, type RepositorySize } from './repository-sizes.ts'

/** Workers, and how many tasks they work: enough verdicts for a median. */
const RUNS = [
  { workers: 1, keys: ['A', 'B', 'C', 'D', 'E'] },
  { workers: 3, keys: ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I'] },
]
const SMALL_FILES = 1_000
const MOST_EVENTS = 10_000

/** From the verdict of a stage to the start of the agent that its worker lets work next, in runs of the whole engine. */
export async function nextAgentFigures(size: RepositorySize): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const { workers, keys } of RUNS) {
    const waits = await waitsOf(size, { workers, keys })
    const ours = median(waits)
    const mostMs = size.files <= SMALL_FILES ? 30 : 80
    figures.push({
      name: `from a verdict to the next agent, median of ${waits.length}, workers: ${workers}, ${size.files.toLocaleString('en')} files`,
      ours,
      unit: 'ms',
      anchor: null,
      theirs: null,
      ratio: null,
      goal: `<= ${mostMs} ms`,
      met: waits.length >= 5 && ours <= mostMs,
    })
  }
  return figures
}

async function waitsOf(
  size: RepositorySize,
  run: { readonly workers: number; readonly keys: readonly string[] },
): Promise<number[]> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'bench-next-agent-')))
  const root = join(directory, 'repository')
  const [home, state] = [join(directory, 'home'), join(directory, 'state')]
  try {
    makeRepository(root, size, letterFiles)
    for (const made of [home, state]) mkdirSync(made)
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: state }
    await using engine = await openEngine({ directory: root, env, flags: { 'verify.repeats': 1 } })
    const text = JSON.stringify(letterPlan(run.keys))
    const confirm = (): Promise<boolean> => Promise.resolve(true)
    await ingest(engine, { text, fileName: 'plan.json', confirm, agent: 'scripted', asNewRun: false })
    const sessionFile = join(directory, 'session.json')
    writeFileSync(sessionFile, JSON.stringify(letterSession(run.keys)))
    const starts: AgentStart[] = []
    await played(watched(engine, starts), { sessionFile, workers: run.workers })
    return waitsBetween(await engine.world.store.events({ after: 0, limit: MOST_EVENTS }), starts)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function played(
  engine: Engine,
  run: { readonly sessionFile: string; readonly workers: number },
): Promise<void> {
  const faults: unknown[] = []
  const { signal } = new AbortController()
  const report = await executeRun(engine, {
    ...run,
    name: 'scripted',
    withoutSleep: true,
    which: 'continue',
    target: null,
    branches: false,
    refactor: false,
    budget: { invocations: null, tokens: null, usd: null, timeMs: null },
    winding: signal,
    stopping: signal,
    report: (thrown) => faults.push(thrown),
    onRun: () => undefined,
  })
  if (faults.length > 0) throw new AggregateError(faults, 'the run reported faults')
  if (report.state !== 'completed') throw new Error(`the run ended as ${report.state}`)
}

interface AgentStart {
  readonly task: string
  readonly stage: string
  readonly at: number
}

/** The same engine; when each program of an agent was started is noted. */
function watched(engine: Engine, starts: AgentStart[]): Engine {
  const { exec, clock } = engine.world
  const contained: typeof exec.contained = (command, abort) => {
    const { TDD_TASK: task, TDD_STAGE: stage } = command.env
    if (task !== undefined && stage !== undefined) starts.push({ task, stage, at: clock.now() })
    return exec.contained(command, abort)
  }
  return { ...engine, world: { ...engine.world, exec: { ...exec, contained } } }
}

/** Each start belongs to the last verdict before it of the same worker; the first of a worker has none. */
function waitsBetween(events: readonly Event[], starts: readonly AgentStart[]): number[] {
  const workers = new Map<string, string>()
  const verdicts = new Map<string, number>()
  const waits: number[] = []
  for (const { kind, task, at, data } of events) {
    if (task === null) continue
    if (kind === 'task_claimed') workers.set(task, String(data['worker']))
    const worker = workers.get(task) ?? ''
    if (kind === 'attempt_accepted') verdicts.set(worker, at)
    if (kind !== 'attempt_started') continue
    const start = starts.find((one) => one.task === task && one.stage === data['stage'])
    const verdict = verdicts.get(worker)
    if (start !== undefined && verdict !== undefined) waits.push(start.at - verdict)
  }
  return waits
}
