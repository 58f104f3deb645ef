import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RepositoryPlace } from './repository-id.ts'

/** Every work tree of a repository, found by looking at files alone; some may be gone. */
export function workTreesOf({ root, gitDir }: Pick<RepositoryPlace, 'root' | 'gitDir'>): string[] {
  const linked = join(gitDir, 'worktrees')
  return [root, ...namesIn(linked).flatMap((name) => linkedTree(join(linked, name, 'gitdir')))]
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    // Only a repository that ever had linked work trees has the directory.
    return []
  }
}

/** The file names the `.git` of the work tree. */
function linkedTree(file: string): string[] {
  try {
    return [dirname(readFileSync(file, 'utf8').trim())]
  } catch {
    // Being added or removed at this moment: git does not count it either.
    return []
  }
}
