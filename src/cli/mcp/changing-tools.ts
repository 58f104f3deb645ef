import { z } from 'zod'
import { OrchestratorError } from '../../errors.ts'
import { isLive, openWatch, requireRun } from '../../observe/open-watch.ts'
import { runDetached } from '../run-detached.ts'
import { type AssistTool, assistTool } from './assist-tool.ts'
import { documentOf } from './looking-tools.ts'

const LONGEST_SAYING = 2_000

const retry = assistTool({
  name: 'retry',
  description: 'Gives a task its attempts anew; what was accepted is kept. Costs calls of agents.',
  shape: {
    key: z.string().min(1).max(200).describe('Key of the task.'),
    from: z.literal('red').optional().describe('Drop what was accepted and begin with its tests.'),
    note: z.string().max(4_000).optional().describe('Told to the agent of the next attempt.'),
  },
  changes: true,
  call: async (call, { key, from, note }) => {
    const { taskRetryCommand } = await import('../commands/task-change.ts')
    return await documentOf(call, (context) => taskRetryCommand(context, key, { from, note }))
  },
})

const run = assistTool({
  name: 'run',
  description:
    'Begins or resumes the current run in the background, as `orchestrator run --detach` does. It calls agents, which cost money; see status and events for what it does.',
  shape: {
    maxInvocations: z.int().min(1).max(100_000).optional().describe('Pause after so many calls of agents.'),
  },
  changes: true,
  call: async (call, { maxInvocations }) => {
    const limit = maxInvocations === undefined ? [] : ['--max-invocations', String(maxInvocations)]
    let said = ''
    const document = await documentOf(call, (context) =>
      runDetached(context, ['run', ...limit], (told) => {
        said = told
      }),
    )
    if (document !== undefined) return document
    throw new OrchestratorError('run_state', `the run ended at once: ${said.trim().slice(-LONGEST_SAYING)}`, {
      hint: 'What is missing is said above; see also: orchestrator doctor',
    })
  },
})

const stop = assistTool({
  name: 'stop',
  description:
    'Asks the run that goes on to end, to be resumed later: after the stages under way, or with now at once. Answers when it is asked; status shows when it has ended.',
  shape: { now: z.boolean().default(false).describe('Do not wait for the stages under way.') },
  changes: true,
  call: async (call, { now }) => {
    using watched = await openWatch(call)
    const { reader, run: current } = requireRun(watched)
    if (!isLive(reader)) {
      throw new OrchestratorError('nothing_to_run', 'no run is going on, so there is nothing to stop', {
        hint: 'See what there is with the tool status.',
      })
    }
    const { handIn } = await import('../../engine/hand-in.ts')
    await handIn(watched.place.db, { kind: 'stop', now })
    return { run: current.id, asked: true }
  },
})

/** Tools that change a run or begin one; each needs the token of a person. */
export const CHANGING_TOOLS: readonly AssistTool[] = [retry, run, stop]
