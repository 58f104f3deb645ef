import { handIn } from '../../engine/hand-in.ts'
import { OrchestratorError } from '../../errors.ts'
import { isLive, openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { secretsOf } from '../secrets-of.ts'
import { WORDS } from './task-list.ts'

type Flags = Readonly<Record<string, unknown>>

/** `orchestrator task retry KEY [--from red] [--note TEXT]`. */
export async function taskRetryCommand(context: CommandContext, key: string, flags: Flags): Promise<number> {
  const from = flags['from'] === 'red' ? 'red' : null
  const note = typeof flags['note'] === 'string' ? flags['note'] : null
  return change(context, key, {
    ask: (run) => ({ kind: 'retry', run, task: key, from, note }),
    refused: 'only a task that failed, waits for a person, was cancelled or lost its landing can be retried',
    done: (live) =>
      live
        ? `${key} is tried again by the run that goes on.`
        : `${key} has its attempts anew${from === 'red' ? ' and begins with its tests' : ''}.\nNext: orchestrator run`,
  })
}

/** `orchestrator task cancel KEY [--reason TEXT]`. */
export async function taskCancelCommand(context: CommandContext, key: string, flags: Flags): Promise<number> {
  const reason = typeof flags['reason'] === 'string' ? flags['reason'] : 'cancelled by a person'
  return change(context, key, {
    ask: (run) => ({ kind: 'cancel', run, task: key, reason }),
    refused: 'a task that has landed, is being put in place or was cancelled before cannot be cancelled',
    done: () =>
      `${key} is cancelled; what depends on it is blocked.\nTake it back with: orchestrator task retry ${key}`,
  })
}

async function change(
  context: CommandContext,
  key: string,
  how: {
    readonly ask: (run: string) => Parameters<typeof handIn>[1]
    readonly refused: string
    readonly done: (live: boolean) => string
  },
): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const before = requireTask(found, key)
  const live = isLive(found.reader)
  const changed = await handIn(watched.place.db, how.ask(found.run.id), secretsOf(watched, context))
  const { state } = requireTask(found, key).state
  if (changed !== true) {
    throw new OrchestratorError('task_state', `${key}: ${how.refused}; it is: ${WORDS[before.state.state]}`, {
      hint: `See it with: orchestrator task show ${key}`,
    })
  }
  context.output.result('task-change', { run: found.run.id, task: key, state }, how.done(live).split('\n'))
  return 0
}
