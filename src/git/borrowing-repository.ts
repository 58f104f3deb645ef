import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommitId } from '../domain/evidence.ts'
import type { RepositoryFacts } from './git.ts'
import type { GitCommand } from './git-command.ts'
import { alternatesLine } from './private-repository.ts'
import { hasCode } from '../runtime/has-code.ts'

/**
 * Makes a repository with refs, index and configuration of its own that borrows every object of another one, which is
 * only read. Its HEAD is detached at a commit; its work tree stays empty.
 */
export async function makeBorrowingRepository(request: {
  readonly git: GitCommand
  readonly of: RepositoryFacts
  /** Does not exist yet, or is empty. */
  readonly directory: string
  readonly head: CommitId
}): Promise<void> {
  const { git, of, directory, head } = request
  const gitDir = join(directory, '.git')
  await mkdir(directory, { recursive: true })
  await git.run({
    args: [
      'init',
      '--quiet',
      '--template=',
      `--object-format=${of.objectFormat}`,
      '--end-of-options',
      directory,
    ],
  })
  await mkdir(join(gitDir, 'objects', 'info'), { recursive: true })
  await writeFile(join(gitDir, 'objects', 'info', 'alternates'), alternatesLine(of))
  await copyIfThere(join(of.gitDir, 'shallow'), join(gitDir, 'shallow'))
  await git.run({ args: ['update-ref', '--no-deref', 'HEAD', head], gitDir })
}

/** Only a shallow repository has the file. */
async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (reason) {
    if (!hasCode(reason, 'ENOENT')) throw reason
  }
}
