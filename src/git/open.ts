import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommitId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { checkGitVersion, discover } from './discover.ts'
import type { Git } from './git.ts'
import { createGitCommand, type GitCommand } from './git-command.ts'
import { type ObjectReader, openObjectReader } from './object-reader.ts'
import { openObjectWriter } from './object-writer.ts'
import { openPrivateRepository } from './private-repository.ts'

export interface OpenGitOptions {
  /** Any directory in a work tree of the repository. */
  readonly directory: string
  /** Where the private object database is kept; outside every repository. */
  readonly stateDirectory: string
  readonly exec: Exec
  /** The person's environment; of it PATH, HOME, TMPDIR and the place of their git configuration are used. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

/**
 * Opens the repository that holds a directory.
 * Errors: `git_missing`, `repository_missing`, `repository_unsupported`.
 */
export async function openGit(options: OpenGitOptions): Promise<Git> {
  const { directory, stateDirectory, exec, env, clock } = options
  const git = createGitCommand({ exec, env, cwd: '/' })
  await checkGitVersion(git)
  const { facts, workGitDir } = await discover(git, directory)
  const gitDir = await openPrivateRepository({ git, facts, stateDirectory, clock })
  const tempParent = join(stateDirectory, 'git-temp')
  await mkdir(tempParent, { recursive: true })
  const idBytes = facts.objectFormat === 'sha1' ? 20 : 32
  const reader = openObjectReader(git, gitDir, idBytes)
  const writer = await openObjectWriter({ git, gitDir, tempParent, reader, emptyTree: facts.emptyTree })
  const later = (): never => {
    throw new OrchestratorError('internal', 'this part of git is not there')
  }
  return {
    repository: facts,
    resolve: (revision) => resolveRevision({ git, reader, workGitDir }, revision),
    readCommit: (commit) => reader.commit(commit),
    firstParents: later,
    isAncestor: later,
    files: (tree) => reader.files(tree),
    readBlob: (blob) => reader.blob(blob),
    diff: (from, to) => reader.diff(from, to),
    compose: (base, changes) => writer.compose(base, changes),
    commit: (request) => writer.commit(request),
    mergeTrees: later,
    checkedOut: later,
    readRef: later,
    createBranch: later,
    takeFence: later,
    land: later,
    writeNote: later,
    readNote: later,
    author: later,
    close: async () => {
      await Promise.all([reader.close(), writer.close()])
    },
  }
}

async function resolveRevision(
  door: { readonly git: GitCommand; readonly reader: ObjectReader; readonly workGitDir: string },
  revision: string,
): Promise<CommitId | null> {
  if (revision === '' || revision.startsWith('-') || /[\0\n]/.test(revision)) return null
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(revision)) {
    const found = await door.reader.find(revision)
    if (found?.type === 'commit') return found.id
  }
  const answer = await door.git.run({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    gitDir: door.workGitDir,
    answers: [0, 1, 128],
  })
  const id = answer.stdout.toString('utf8').trim()
  return answer.code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : null
}
