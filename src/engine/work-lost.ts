import type { AcceptedWork } from '../domain/attempt.ts'
import type { CommitId } from '../domain/evidence.ts'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import type { Git } from '../git/git.ts'

/**
 * What was accepted of a task, or what judges it, is gone. It is so however often it is tried: a person puts it back, or begins
 * again from RED.
 */
export class WorkLost extends OrchestratorError {
  constructor(key: string, what: string) {
    const way = `orchestrator task retry ${shellWord(key)}`
    super(
      'task_state',
      `${what}; ${way} goes on where that was put back, and ${way} --from red begins again with its tests`,
      { hint: `Put it back, and go on: ${way}. Or begin again with its tests: ${way} --from red.` },
    )
  }
}

/** Does something with accepted work. Where it fails and git holds that work no more, throws `WorkLost`. */
export async function withWork<Result>(
  git: Pick<Git, 'resolve'>,
  { key, work }: { readonly key: string; readonly work: AcceptedWork },
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (thrown) {
    const missing = await missingOf(git, work)
    if (missing === null) throw thrown
    throw new WorkLost(
      key,
      `the accepted work of ${key} is gone: no commit ${missing} can be read among the objects of its run`,
    )
  }
}

/** Null also where git cannot be asked: then its own fault is told. */
async function missingOf(git: Pick<Git, 'resolve'>, { red, green }: AcceptedWork): Promise<CommitId | null> {
  for (const commit of green === null ? [red] : [red, green]) {
    const isThere = await git.resolve(commit).then(
      (found) => found !== null,
      () => true,
    )
    if (!isThere) return commit
  }
  return null
}
