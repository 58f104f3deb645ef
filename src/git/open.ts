import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommitId } from '../domain/evidence.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { SIGNING_SETTINGS, openSigner } from './commit-signing.ts'
import { branchInTheWay } from './branch-in-the-way.ts'
import { checkGitVersion, discover, type Discovered } from './discover.ts'
import type { Git, Person } from './git.ts'
import { createGitCommand, type GitCommand } from './git-command.ts'
import { openHistory } from './history.ts'
import { land, takeFence } from './land.ts'
import { removeLeftBehind } from './left-behind.ts'
import { openNotes } from './notes.ts'
import { type ObjectReader, openObjectReader } from './object-reader.ts'
import { openObjectWriter } from './object-writer.ts'
import { openPrivateRepository } from './private-repository.ts'
import { personalSettings } from './personal-settings.ts'
import { createBranch, openRefs } from './refs.ts'

interface OpenGitOptions {
  /** Any directory in a work tree of the repository. */
  readonly directory: string
  /** What `discover` said of the directory, where that was asked already: each question is a start of git. */
  readonly discovered?: Discovered
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
  const { minor } = await checkGitVersion(git)
  const { facts, workGitDir } = options.discovered ?? (await discover(git, directory))
  const gitDir = await openPrivateRepository({ git, facts, stateDirectory, clock })
  const tempParent = join(stateDirectory, 'git-temp')
  await mkdir(tempParent, { recursive: true })
  await removeLeftBehind({ stateDirectory, gitDir, tempParent }, clock)
  const idBytes = facts.objectFormat === 'sha1' ? 20 : 32
  const reader = openObjectReader(git, gitDir, idBytes)
  const theirs = openObjectReader(git, facts.gitDir, idBytes)
  const writer = await openObjectWriter({
    git,
    gitDir,
    tempParent,
    reader,
    emptyTree: facts.emptyTree,
    signatureHeader: facts.objectFormat === 'sha1' ? 'gpgsig' : 'gpgsig-sha256',
  })
  const history = openHistory(git, gitDir, { reader, mergesAhead: minor >= MERGES_FROM_INPUT })
  const refs = openRefs({ git, gitDir: facts.gitDir, reader: theirs, clock })
  const door = { git, from: gitDir, to: facts.gitDir }
  const landing = { git, refs, door }
  const notes = openNotes({ refs, reader, writer, door, clock, emptyTree: facts.emptyTree })
  return {
    repository: facts,
    resolve: (revision) => resolveRevision({ git, reader, workGitDir }, revision),
    holds: async (commit) => (await theirs.find(commit))?.type === 'commit',
    readCommit: (commit) => reader.commit(commit),
    firstParents: (from, to, limit) => history.firstParents(from, to, limit),
    isAncestor: (ancestor, descendant) => history.isAncestor(ancestor, descendant),
    files: (tree) => reader.files(tree),
    readBlob: (blob) => reader.blob(blob),
    readSmallBlob: (blob, bytes) => reader.smallBlob(blob, bytes),
    diff: (from, to) => reader.diff(from, to),
    compose: (base, changes) => writer.compose(base, changes),
    commit: (request) => writer.commit(request),
    mergeTrees: (ours, theirs) => history.mergeTrees(ours, theirs),
    checkedOut: (branch) => refs.checkedOut(branch),
    inTheWay: (branch) => branchInTheWay(git, facts.gitDir, branch),
    readRef: (ref) => refs.read(ref),
    createBranch: (branch, at) => createBranch(refs, branch, at),
    takeFence: (target, token) => takeFence(landing, target, token),
    land: (request) => land(landing, request),
    writeNote: (commit, text) => notes.write(commit, text),
    readNote: (commit) => notes.read(commit),
    author: () => readAuthor(git, workGitDir),
    signer: async (mode) => {
      const settings = await personalSettings(git, workGitDir, SIGNING_SETTINGS)
      return openSigner(mode, { exec, settings, env, tempParent })
    },
    close: async () => {
      await Promise.all([reader.close(), theirs.close(), writer.close(), git.close()])
    },
  }
}

/** Since then `git merge-tree` reads from its input what to merge. */
const MERGES_FROM_INPUT = 39

/** Asks the person's own configuration, in the work tree that was named. */
async function readAuthor(git: GitCommand, workGitDir: string): Promise<Person | null> {
  const settings = await personalSettings(git, workGitDir, '^user\\.(name|email)$')
  const values = new Map(settings.map(({ key, value }) => [key, value]))
  const [name, email] = [values.get('user.name'), values.get('user.email')]
  return name === undefined || email === undefined || name.trim() === '' ? null : { name, email }
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
