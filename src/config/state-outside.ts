import { sep } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import { realPath } from '../runtime/real-path.ts'
import type { RepositoryPlace } from '../runtime/repository-id.ts'
import { workTreesOf } from '../runtime/work-trees.ts'
import { DIRECTORY_IS_SET_BY, STORE_IS_SET_BY } from './places.ts'

/**
 * Refuses a state directory or a store inside the repository: `git clean` would delete work that has not landed, and the
 * checkout would show what is ours. Throws `config_invalid`.
 */
export function requireStateOutside(
  state: { readonly directory: string; readonly db: string | null },
  repository: Pick<RepositoryPlace, 'root' | 'gitDir'>,
): void {
  const places = [
    { path: repository.gitDir, name: 'the git directory of the repository' },
    ...workTreesOf(repository).map((path) => ({ path, name: 'a work tree of the repository' })),
  ]
  const kept = [
    { what: 'the state directory', path: state.directory, set: DIRECTORY_IS_SET_BY },
    ...(state.db === null ? [] : [{ what: 'the store', path: state.db, set: STORE_IS_SET_BY }]),
  ]
  for (const { what, path, set } of kept) {
    const at = realPath(path)
    const around = places.find((place) => isWithin(at, realPath(place.path)))
    if (around === undefined) continue
    throw new OrchestratorError(
      'config_invalid',
      `${what} ${path} lies inside ${around.path}, ${around.name}`,
      { hint: `Name a place outside: git removes what it finds in a repository. It is set by ${set}.` },
    )
  }
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`)
}
