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
  const live = isLive(reader)
  const lost = new Set(reader.lostLandings(run.id))
  const besideOf = (task: Task): Beside => ({ live, lost: lost.has(task.definition.key), task })
  const rank = (task: Task): number => (besideOf(task).lost ? LOST : ORDER[task.state.state])
  const listed = tasks.toSorted((one, other) => rank(one) - rank(other))
  const left = tasks.some(({ state, person }) => person === null && isLeft(state.state, live))
  const resume = left ? (readStatus(reader, systemClock.now()).run?.resume?.command ?? null) : null
  const [first] = listed
  context.output.result(
    'task-list',
    { run: run.id, tasks: tasks.map((task) => asDocument(task, besideOf(task))) },
    [
      ...columns(
        listed.map((task) => [
          task.definition.key,
          stateWords(task.state.state, besideOf(task)),
          task.definition.title,
          reasonOf(task.state, besideOf(task)),
        ]),
      ),
      '',
      `${counted(tasks.length, 'task')} in run ${run.id}: ${run.title}.`,
      `Next: ${resume ?? `orchestrator task show ${first?.definition.key ?? 'KEY'}`}`,
    ],
  )
  return 0
}

/** What the state of a task does not tell. */
interface Beside {
  /** Whether a process works on the run. */
  readonly live: boolean
  /** It is completed, but the target no longer contains its landing. */
  readonly lost: boolean
  readonly task: Pick<Task, 'person' | 'waitsForApproval'>
}

function asDocument(task: Task, beside: Beside) {
  const { definition, state, claimedBy, stateSince, person, waitsForApproval } = task
  const reason = reasonOf(state, beside)
  return {
    key: definition.key,
    title: definition.title,
    kind: definition.kind,
    suite: definition.suite,
    dependsOn: definition.dependsOn,
    ...state,
    interrupted: person === null && isLeft(state.state, beside.live),
    person: person?.person ?? null,
    waitsForApproval,
    lost: beside.lost,
    reason: reason === '' ? null : reason,
    worker: claimedBy,
    since: stateSince,
  }
}

/** Why a task is where it is; empty where the state says it all. */
export function reasonOf(state: TaskState, { lost }: Pick<Beside, 'lost'>): string {
  switch (state.state) {
    case 'failed':
    case 'needs_human':
    case 'cancelled':
    case 'retryable':
      return state.reason
    case 'blocked':
      return `by ${state.by.join(', ')}`
    case 'completed':
      return `${lost ? 'the target no longer contains its merge ' : ''}${state.merge.slice(0, 12)}`
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

/** Like what has failed, it waits for a person. */
const LOST = ORDER.failed

/** A task whose process was killed still says that it is running, and one that lost its landing that it has landed. */
export function stateWords(state: TaskStateName, { live, lost, task }: Beside): string {
  if (lost) return 'lost its landing'
  if (task.waitsForApproval) return 'waits to be approved'
  if (task.person !== null) return `with ${task.person.person}`
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
