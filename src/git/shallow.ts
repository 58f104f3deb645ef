import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommitId } from '../domain/evidence.ts'
import type { RepositoryFacts } from './git.ts'
import { hasCode } from '../runtime/has-code.ts'

/** The commits at which a shallow clone ends: they name parents that are not there. None in a whole one. */
export async function shallowBoundary({
  gitDir,
}: Pick<RepositoryFacts, 'gitDir'>): Promise<ReadonlySet<CommitId>> {
  try {
    const text = await readFile(join(gitDir, 'shallow'), 'utf8')
    return new Set(text.split('\n').filter((line) => line !== ''))
  } catch (reason) {
    // Only a shallow repository has the file.
    if (hasCode(reason, 'ENOENT')) return new Set()
    throw reason
  }
}
