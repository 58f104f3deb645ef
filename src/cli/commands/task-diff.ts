import { leftWork, workDiff } from '../../engine/work-diff.ts'
import { OrchestratorError } from '../../errors.ts'
import { openWatch, requireAttempts, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { secretsOf } from '../secrets-of.ts'

/** `orchestrator task diff KEY [--attempt N]`: accepted or refused work against what it started from. */
export async function taskDiffCommand(
  context: CommandContext,
  key: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  requireTask(found, key)
  const wanted = typeof flags['attempt'] === 'number' ? flags['attempt'] : null
  const attempts = requireAttempts(found, key, wanted)
  // Numbers begin anew with `task retry`: what is named is that of the latest generation.
  const work = leftWork(wanted === null ? attempts : attempts.slice(-1))
  if (work === null) {
    throw new OrchestratorError(
      'nothing_to_check',
      wanted === null ? `no attempt of ${key} has left any work` : `attempt ${wanted} of ${key} left no work`,
      { hint: `Its attempts are shown by: orchestrator task show ${key}` },
    )
  }
  const secrets = secretsOf(watched, context)
  const text = await workDiff({ stateDirectory: watched.place.directory, env: context.env, secrets, work })
  context.output.progress(`${key}: ${work.stage.toUpperCase()} (attempt ${work.attempt}), ${work.verdict}`)
  context.output.result('task-diff', { run: found.run.id, task: key, ...work, diff: text }, [
    text.replace(/\n$/, ''),
  ])
  return 0
}
