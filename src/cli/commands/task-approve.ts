import { dueStep } from '../../domain/due-step.ts'
import type { AcceptedWork } from '../../domain/attempt.ts'
import { shellWord } from '../../domain/shell-word.ts'
import { handIn } from '../../engine/hand-in.ts'
import { personName } from '../../engine/person-name.ts'
import { OrchestratorError } from '../../errors.ts'
import type { Run, StoreReader, Task } from '../../observe/open-readonly.ts'
import { isLive, openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { secretsOf } from '../secrets-of.ts'
import { WORDS } from './task-list.ts'

type Flags = Readonly<Record<string, unknown>>
interface Found {
  readonly reader: StoreReader
  readonly run: Run
}

/** `orchestrator task approve KEY` or `--all`: what was verified and waits may land. */
export async function taskApproveCommand(
  context: CommandContext,
  key: string | undefined,
  flags: Flags,
): Promise<number> {
  if ((key === undefined) !== (flags['all'] === true)) {
    throw new OrchestratorError('usage', 'approve needs one key, or --all', {
      hint: 'What waits is shown by: orchestrator status',
    })
  }
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const tasks =
    key === undefined
      ? found.reader.tasks(found.run.id).filter(({ waitsForApproval }) => waitsForApproval)
      : [requireWaiting(requireTask(found, key))]
  const person = await personName(context)
  const approved: { task: string; work: string }[] = []
  for (const task of tasks) {
    const { work } = workOf(found, task)
    const about = { run: found.run.id, task: task.definition.key, work: work.green ?? work.red }
    await handIn(watched.place.db, { kind: 'approve', person, since: task.stateSince, ...about })
    approved.push({ task: about.task, work: about.work })
  }
  const live = isLive(found.reader)
  context.output.result('task-approval', { run: found.run.id, approved }, [
    ...(approved.length === 0 ? ['Nothing waits to be approved.'] : []),
    ...approved.map(({ task, work }) => `${task} may land: ${work.slice(0, 12)}`),
    live ? 'The run that goes on lands it.' : 'Next: orchestrator run',
  ])
  return 0
}

/** `orchestrator task refuse KEY --note TEXT [--tests]`: what was verified goes back to the agents. */
export async function taskRefuseCommand(context: CommandContext, key: string, flags: Flags): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const task = requireWaiting(requireTask(found, key))
  const { work, lastAttempt } = workOf(found, task)
  const refusing = {
    kind: 'refuse',
    run: found.run.id,
    task: key,
    person: await personName(context),
    note: String(flags['note']),
    tests: flags['tests'] === true,
    base: work.base,
    afterAttempt: lastAttempt,
    since: task.stateSince,
  } as const
  await handIn(watched.place.db, refusing, secretsOf(watched, context))
  const { state } = requireTask(found, key).state
  context.output.result('task-change', { run: found.run.id, task: key, state }, [
    `${key} goes back with what you said; when it is verified again, it waits for you again.`,
    isLive(found.reader) ? 'The run that goes on works it.' : 'Next: orchestrator run',
  ])
  return 0
}

function requireWaiting(task: Task): Task {
  if (task.waitsForApproval) return task
  const { key } = task.definition
  throw new OrchestratorError(
    'task_state',
    `${key} does not wait for an approval; it is: ${WORDS[task.state.state]}`,
    {
      hint: `See it with: orchestrator task show ${shellWord(key)}. Landings wait where the run was started with --approve.`,
    },
  )
}

/** What waits to land: it cannot change while it waits. */
function workOf(
  { reader, run }: Found,
  task: Task,
): { readonly work: AcceptedWork; readonly lastAttempt: number } {
  const history = reader.history(run.id, task.definition.key)
  const step = dueStep({ task, history, limits: run.limits, now: systemClock.now() })
  if (step.do === 'land') return { work: step.work, lastAttempt: history.attempts.at(-1)?.number ?? 0 }
  throw new OrchestratorError('task_state', `${task.definition.key} has nothing to land`, {
    hint: `See it with: orchestrator task show ${shellWord(task.definition.key)}`,
  })
}
