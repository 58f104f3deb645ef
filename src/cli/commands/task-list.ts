import type { TaskState, TaskStateName } from '../../domain/task.ts'
import type { Task } from '../../observe/open-readonly.ts'
import { isLeft, isLive, openWatch, requireRun } from '../../observe/open-watch.ts'
import { readStatus } from '../../observe/status.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { columns, counted } from '../text-lines.ts'

/** `orchestrator task list`: every task of the run, what waits for a person first. Looks only. */
export async function taskListCommand(context: CommandContext): Promise<number> {
  using watched = await openWatch(context)
  const { reader, run } = requireRun(watched)
  const tasks = reader.tasks(run.id)
  const listed = tasks.toSorted((left, right) => ORDER[left.state.state] - ORDER[right.state.state])
  const live = isLive(reader)
  const left = tasks.some(({ state }) => isLeft(state.state, live))
  const resume = left ? (readStatus(reader, systemClock.now()).run?.resume?.command ?? null) : null
  const [first] = listed
  context.output.result('task-list', { run: run.id, tasks: tasks.map((task) => asDocument(task, live)) }, [
    ...columns(
      listed.map((task) => [
        task.definition.key,
        stateWords(task.state.state, live),
        task.definition.title,
        reasonOf(task.state),
      ]),
    ),
    '',
    `${counted(tasks.length, 'task')} in run ${run.id}: ${run.title}.`,
    `Next: ${resume ?? `orchestrator task show ${first?.definition.key ?? 'KEY'}`}`,
  ])
  return 0
}

function asDocument({ definition, state, claimedBy, stateSince }: Task, live: boolean) {
  return {
    key: definition.key,
    title: definition.title,
    kind: definition.kind,
    suite: definition.suite,
    dependsOn: definition.dependsOn,
    ...state,
    interrupted: isLeft(state.state, live),
    reason: reasonOf(state) === '' ? null : reasonOf(state),
    worker: claimedBy,
    since: stateSince,
  }
}

/** Why a task is where it is; empty where the state says it all. */
export function reasonOf(state: TaskState): string {
  switch (state.state) {
    case 'failed':
    case 'needs_human':
    case 'cancelled':
    case 'retryable':
      return state.reason
    case 'blocked':
      return `by ${state.by.join(', ')}`
    case 'completed':
      return state.merge.slice(0, 12)
    case 'pending':
    case 'available':
    case 'running':
    case 'landing':
      return ''
  }
}

const ORDER: Readonly<Record<TaskStateName, number>> = {
  needs_human: 0,
  failed: 1,
  blocked: 2,
  running: 3,
  landing: 4,
  retryable: 5,
  available: 6,
  pending: 7,
  cancelled: 8,
  completed: 9,
}

/** A task whose process was killed still says that it is running. */
export function stateWords(state: TaskStateName, live: boolean): string {
  return isLeft(state, live) ? 'interrupted' : WORDS[state]
}

export const WORDS: Readonly<Record<TaskStateName, string>> = {
  needs_human: 'needs you',
  failed: 'failed',
  blocked: 'blocked',
  running: 'running',
  landing: 'landing',
  retryable: 'to be tried again',
  available: 'ready',
  pending: 'waits for others',
  cancelled: 'cancelled',
  completed: 'landed',
}
