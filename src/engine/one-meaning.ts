import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import type { Git } from '../git/git.ts'
import { ANOTHER_TARGET } from './require-free-name.ts'

type ReadsRefs = Pick<Git, 'readRef'>

/** Holds that git takes the short name of a target for that branch: who merges it would bring in something else. Throws `target_blocked`. */
export async function requireOneMeaning(git: ReadsRefs, branch: string): Promise<void> {
  const other = await otherMeaning(git, branch)
  if (other === null) return
  throw new OrchestratorError('target_blocked', `git takes ${branch} for ${other}, and not for a branch`, {
    hint: `What lands there would not be what \`git merge ${shellWord(branch)}\` brings in. ${ANOTHER_TARGET}. Or rename ${other}.`,
  })
}

/** The ref that git finds by a name before it looks for a branch (gitrevisions); null where it finds none. */
export async function otherMeaning(git: ReadsRefs, branch: string): Promise<string | null> {
  for (const ref of [`refs/${branch}`, `refs/tags/${branch}`])
    if ((await git.readRef(ref)) !== null) return ref
  return null
}
