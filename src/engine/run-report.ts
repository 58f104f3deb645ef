import { retryTask } from '../domain/closing-command.ts'
import { criticalPaths } from '../domain/graph.ts'
import type { TaskStateName } from '../domain/task.ts'
import { resumeCommand } from '../domain/way-on.ts'
import { mergeCommand } from '../domain/merge-command.ts'
import type { TaskCounts } from '../protocol/output/parts.ts'
import type { Refactoring, RunReport } from '../protocol/output/run-report.ts'
import type { Run } from '../store/store.ts'
import type { World } from './context.ts'
import { refactoringOf } from './refactorings.ts'
import type { RunEnding } from './run.ts'

const EVENTS_AT_ONCE = 1_000

/** Puts together what a run did, from the store and git alone. */
export async function reportRun(
  world: World,
  ended: {
    readonly run: string
    readonly ending: RunEnding
    readonly wallMs: number
    readonly workers: number
  },
): Promise<RunReport> {
  const { store, git } = world
  const run = await store.run(ended.run)
  if (run === null) throw new Error(`the run ${ended.run} is gone`)
  const tasks = await store.tasks(ended.run)
  const spend = await store.spend(ended.run)
  const refusals: RunReport['refusals'][number][] = []
  const refactorings: Refactoring[] = []
  const told = await fromEvents(world, ended.run)
  for (const { definition } of tasks) {
    const history = await store.history(ended.run, definition.key)
    const refactoring = refactoringOf(definition.key, history.attempts)
    if (refactoring !== null) refactorings.push(refactoring)
    for (const { stage, outcome } of history.attempts) {
      if (outcome.kind !== 'refused') continue
      const [first] = outcome.refusals
      refusals.push({ task: definition.key, stage, code: first.code, fact: first.fact })
    }
    for (const { refusal } of history.returns) {
      refusals.push({ task: definition.key, stage: 'landing', code: refusal.code, fact: refusal.fact })
    }
  }
  const paths = criticalPaths(
    tasks.map(({ definition }) => ({ ...definition, estimateMs: told.lasted.get(definition.key) ?? 0 })),
  )
  const { invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = spend
  const landed = await store.landed(ended.run)
  const lost = await store.lostLandings(ended.run)
  return {
    run: ended.run,
    state: ended.ending.state,
    target: run.target,
    base: run.base,
    head: run.target === null ? null : await git.readRef(`refs/heads/${run.target}`),
    pausedBy: ended.ending.pausedBy,
    resumeAt: ended.ending.resumeAt,
    next: nextLine(run, ended.ending),
    tasks: countTasks(tasks.map(({ state }) => state.state)),
    landed: landed.map(({ task, merge, red, green, evidence }) => ({ task, merge, red, green, evidence })),
    lost,
    attempts: spend.attempts,
    refusals,
    refactorings,
    spend: { invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd },
    warnings: [...told.warnings, ...lost.map(lostLine)],
    quarantined: (await store.quarantined()).map(({ file, name, task }) => ({ file, name, task })),
    wallMs: Math.round(ended.wallMs),
    agentMs: spend.agentMs,
    verifyMs: spend.verifyMs,
    waitMs: spend.waitMs,
    engineMs: spend.engineMs,
    criticalPathMs: Math.round(Math.max(0, ...paths.values())),
    workers: ended.workers,
    contained: world.contained,
  }
}

/** Every task is counted once; what goes on by itself is `pending`. */
function countTasks(states: readonly TaskStateName[]): TaskCounts {
  const count = (...names: readonly TaskStateName[]): number =>
    states.filter((state) => names.includes(state)).length
  return {
    total: states.length,
    completed: count('completed'),
    failed: count('failed'),
    blocked: count('blocked'),
    needs_human: count('needs_human'),
    cancelled: count('cancelled'),
    retryable: count('retryable'),
    pending: count('pending', 'available', 'running', 'landing'),
  }
}

function nextLine(run: Run, ending: RunEnding): string {
  if (ending.state === 'completed' && run.target !== null) return mergeCommand(run.target)
  if (ending.state === 'incomplete') return 'orchestrator task list'
  return resumeCommand({ ...ending, reset: ending.reset ?? null })
}

/** How long attempts of each task lasted, and what was warned of, from the event log. */
async function fromEvents(
  world: World,
  run: string,
): Promise<{ readonly lasted: Map<string, number>; readonly warnings: string[] }> {
  const warnings = new Set<string>()
  const started = new Map<number, number>()
  const lasted = new Map<string, number>()
  for (let after = 0; ; ) {
    const events = await world.store.events({ after, limit: EVENTS_AT_ONCE, run })
    for (const { seq, at, kind, task, attempt, data } of events) {
      after = seq
      if (kind === 'slot_blind') warnings.add(blindLine(data))
      if (kind === 'check_missing') warnings.add(missingLine(data))
      if (task === null || attempt === null) continue
      const start = started.get(attempt)
      if (kind === 'attempt_started') started.set(attempt, at)
      else if (start !== undefined && started.delete(attempt))
        lasted.set(task, (lasted.get(task) ?? 0) + at - start)
    }
    if (events.length < EVENTS_AT_ONCE) return { lasted, warnings: [...warnings] }
  }
}

function lostLine(key: string): string {
  return `The landing of ${key} was taken out of the target; ${retryTask(key)} lands it again`
}

function blindLine(data: Readonly<Record<string, unknown>>): string {
  const { suite, source, test } = data
  return `Suite ${String(suite)}: ${String(test)} does not notice a broken line in ${String(source)}, so it may run other files than those of its tree; orchestrator doctor --tree tries it again`
}

function missingLine(data: Readonly<Record<string, unknown>>): string {
  const { suite, check, command } = data
  return `Suite ${String(suite)}: the check ${String(check)} held nothing, because ${String(command)} could not be started; install it, or take the check out of the suite`
}
