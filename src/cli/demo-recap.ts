import { shellWord } from '../domain/shell-word.ts'
import type { Event } from '../domain/event.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Engine } from '../engine/open.ts'
import type { RunReport } from '../protocol/output/run-report.ts'
import { planTree } from './plan-tree.ts'
import { shortened, stageName } from './progress-lines.ts'
import { seconds } from './run-summary.ts'
import { counted } from './text-lines.ts'

/** Something that went wrong on the way and was noticed. */
interface Caught {
  readonly task: string
  readonly stage: string
  readonly code: string
  readonly fact: string
}

const EVENTS_AT_ONCE = 1_000
const FACT_WIDTH = 90

interface RecapPlace {
  /** The repository; null where it is gone. */
  readonly keptAt: string | null
  /** What to type to keep it the next time. */
  readonly again: string
}

/** What a newcomer should have seen: what landed, what was caught and by what, what it took, and where it is. */
export async function demoRecap(engine: Engine, report: RunReport, place: RecapPlace): Promise<string[]> {
  const { store } = engine.world
  const tasks = (await store.tasks(report.run)).map(({ definition }) => definition)
  return [
    '',
    `${report.state === 'completed' ? 'Done' : `Ended ${report.state}`}: ${report.tasks.completed} of ${report.tasks.total} tasks landed on ${report.target}, each as a merge of tests that failed and code that made them pass.`,
    '',
    'The plan, by what depends on what, with the merge of each task',
    ...graphLines(tasks, new Map(report.landed.map(({ task, merge }) => [task, merge.slice(0, 10)]))),
    '',
    'What went wrong on the way, and what noticed it',
    ...caughtLines(caughtIn(await eventsOf(engine, report.run))),
    '',
    ...amountLines(report),
    '',
    ...placeLines(report, place),
    ...(report.report === undefined ? [] : [`Read it:      ${report.report}`]),
  ]
}

/** Refusals, agents that gave up, disputes and returns from landing, in the order in which they happened. */
function caughtIn(events: readonly Event[]): Caught[] {
  return events.flatMap(({ kind, task, data }) => {
    const said = (name: string): string => (typeof data[name] === 'string' ? data[name] : '')
    const found = (code: string, fact: string): Caught[] => [
      { task: task ?? '', stage: said('stage'), code, fact },
    ]
    switch (kind) {
      case 'attempt_refused': {
        const refusals = Array.isArray(data['refusals']) ? (data['refusals'] as unknown[]) : []
        const [first] = refusals as { readonly code?: unknown; readonly fact?: unknown }[]
        return found(String(first?.code), String(first?.fact))
      }
      case 'attempt_gave_up':
        return found(said('cause'), `the agent ended without a result: ${said('detail')}`)
      case 'attempt_disputed':
        return found('disputed', said('reason'))
      case 'landing_returned':
        return [{ task: task ?? '', stage: 'landing', code: said('code'), fact: said('fact') }]
      default:
        return []
    }
  })
}

function caughtLines(caught: readonly Caught[]): string[] {
  if (caught.length === 0) return ['  nothing']
  return table(
    caught.map(({ task, stage, code, fact }) => [
      task,
      stageName(stage),
      code,
      shortened(fact.replaceAll(/\s+/g, ' '), FACT_WIDTH),
    ]),
  )
}

function graphLines(tasks: readonly TaskDefinition[], merges: ReadonlyMap<string, string>): string[] {
  return table(
    planTree(tasks).map(({ branch, task }) => [
      branch + task.key,
      merges.get(task.key) ?? 'not landed',
      task.title,
      task.dependsOn.length === 0 ? '' : `after ${task.dependsOn.join(', ')}`,
    ]),
  )
}

function amountLines(report: RunReport): string[] {
  const { spend } = report
  const tokens = spend.inputTokens + spend.outputTokens + spend.cacheReadTokens + spend.cacheWriteTokens
  const perAttempt = Math.round(report.engineMs / Math.max(1, report.attempts))
  return table([
    [
      'Spent',
      `${spend.costUsd.toFixed(2)} USD for ${Math.round(tokens / 1_000)} thousand tokens in ${counted(spend.invocations, 'agent call')} (as recorded; nothing was paid now)`,
    ],
    [
      'Time',
      `${seconds(report.wallMs)} with ${counted(report.workers, 'worker')}; the longest chain of tasks alone took ${seconds(report.criticalPathMs)}`,
    ],
    [
      'Shares',
      `agents ${seconds(report.agentMs)}, tests and checks ${seconds(report.verifyMs)}, waiting ${seconds(report.waitMs)}, the engine itself ${seconds(report.engineMs)} (${perAttempt} ms for each of ${counted(report.attempts, 'attempt')})`,
    ],
    [
      'Sandbox',
      report.contained
        ? 'every agent and every test ran contained'
        : 'none on this machine; `orchestrator doctor` says how to get one',
    ],
  ])
}

function placeLines(report: RunReport, { keptAt, again }: RecapPlace): string[] {
  if (keptAt === null) {
    return [
      `The repository was temporary and is gone. To look around in it: ${again}`,
      `There, as in your own repository, one line brings the work in: ${report.next}`,
    ]
  }
  return [
    `Look at it:   git -C ${shellWord(keptAt)} log --graph --oneline ${report.target}`,
    `Bring it in:  git -C ${shellWord(keptAt)} ${report.next.replace(/^git /, '')}`,
  ]
}

/** Rows with columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}

async function eventsOf(engine: Engine, run: string): Promise<Event[]> {
  const found: Event[] = []
  for (;;) {
    const after = found.at(-1)?.seq ?? 0
    const events = await engine.world.store.events({ after, limit: EVENTS_AT_ONCE, run })
    found.push(...events)
    if (events.length < EVENTS_AT_ONCE) return found
  }
}
