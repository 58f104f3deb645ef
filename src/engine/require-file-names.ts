import { DIRECTORY_IS_SET_BY } from '../config/places.ts'
import { stateUnusable } from '../config/state-directory.ts'
import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import { collidingPaths } from '../git/colliding-paths.ts'
import { type FileNames, fileNamesIn } from '../git/file-names.ts'
import { directoriesOf } from '../git/fill-plan.ts'
import type { Engine } from './open.ts'

/**
 * Holds that the file system on which trees are made can hold the tree of a commit: what it loses would look as if agents
 * had done it. Throws `state_unusable`.
 */
export async function requireFileNames(
  { world: { git, clock }, stateDirectory }: Engine,
  commit: CommitId,
): Promise<void> {
  const names = await fileNamesIn(stateDirectory, clock).catch((cause: unknown) => {
    throw stateUnusable(`the state directory ${stateDirectory}`, cause)
  })
  if (names.keeps && !names.folds) return
  const files = await git.files((await git.readCommit(commit)).tree)
  const fault = namesFault(names, [...files.keys(), ...directoriesOf(files)])
  if (fault === null) return
  throw new OrchestratorError('state_unusable', `the file system of ${stateDirectory} ${fault}`, {
    hint: `Name a place on another file system: ${DIRECTORY_IS_SET_BY}.`,
  })
}

/** What is wrong with such a file system for so many paths; null where nothing is. */
export function namesFault({ keeps, folds }: FileNames, paths: readonly string[]): string | null {
  if (!keeps) return 'writes names otherwise than they are given to it'
  const [first] = folds ? collidingPaths(paths, () => false) : []
  if (first === undefined) return null
  const { path, other } = first
  return `holds only one of ${JSON.stringify(path)} and ${JSON.stringify(other)}, and the repository has both`
}
