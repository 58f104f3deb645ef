import { isUtf8 } from 'node:buffer'
import { realpath } from 'node:fs/promises'
import { OrchestratorError } from '../errors.ts'
import { notNameable, repositoryId, requireNameable } from '../runtime/repository-id.ts'
import type { RepositoryFacts } from './git.ts'
import { firstLine, type GitCommand, gitFailed } from './git-command.ts'

export interface Discovered {
  readonly facts: RepositoryFacts
  /** The git directory of the work tree that was named; differs from the common one in a linked work tree. */
  readonly workGitDir: string
}

const OLDEST_MINOR = 38

/** Tells the minor version; one of a later major version has all that those of 2 have. */
export async function checkGitVersion(git: GitCommand): Promise<{ readonly minor: number }> {
  const { stdout } = await git.run({ args: ['version'] })
  const said = firstLine(stdout.toString('utf8'))
  const match = /(\d+)\.(\d+)/.exec(said)
  const major = Number(match?.[1] ?? 0)
  const minor = major > 2 ? Infinity : Number(match?.[2])
  if (major >= 2 && minor >= OLDEST_MINOR) return { minor }
  throw new OrchestratorError(
    'git_missing',
    `git 2.${OLDEST_MINOR} or newer is needed, and this is "${said}"`,
    {
      hint: 'Install a newer git, or put it first on the PATH.',
    },
  )
}

/** Looks at the repository that holds a directory. Refuses what cannot be worked with, and says what to do. */
export async function discover(git: GitCommand, directory: string): Promise<Discovered> {
  requireNameable(directory)
  const [bare, inWorkTree, format] = await kindOf(git, directory)
  if (bare === 'true') {
    throw new OrchestratorError('repository_unsupported', `${directory} is a bare repository`, {
      hint: 'Start in a clone with a work tree, or in a work tree of it ("git worktree add").',
    })
  }
  if (inWorkTree !== 'true') {
    throw new OrchestratorError('repository_unsupported', `${directory} is not in a work tree`, {
      hint: 'Start in the work tree, not inside its .git directory.',
    })
  }
  if (format !== 'sha1' && format !== 'sha256') {
    throw new OrchestratorError('repository_unsupported', `the object format ${format} is not known`, {
      hint: 'Work in a clone with one of the formats sha1 and sha256.',
    })
  }
  const [workTree, workGitDir, gitDir] = await Promise.all([
    pathOf(git, directory, '--show-toplevel'),
    pathOf(git, directory, '--absolute-git-dir'),
    pathOf(git, directory, '--git-common-dir'),
  ])
  await requireCommit(git, workGitDir, workTree)
  const facts: RepositoryFacts = {
    root: await mainWorkTree(git, gitDir, workTree),
    workTree,
    gitDir,
    id: repositoryId(gitDir),
    objectFormat: format,
    emptyTree: EMPTY_TREES[format],
  }
  return { facts, workGitDir }
}

const EMPTY_TREES = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
} as const

/** The one place where the person's own configuration takes part: it says whose repositories they trust. */
async function kindOf(git: GitCommand, directory: string): Promise<string[]> {
  const questions = ['--is-bare-repository', '--is-inside-work-tree', '--show-object-format']
  const answer = await git.run({
    args: ['rev-parse', ...questions],
    from: directory,
    personal: true,
    answers: [0, 128],
  })
  if (answer.code === 0) return answer.stdout.toString('utf8').split('\n')
  const said = answer.stderr.trim()
  if (/not a git repository|cannot change to/i.test(said)) {
    throw new OrchestratorError('repository_missing', `there is no git repository at ${directory}`, {
      hint: 'Start inside a git repository, or make one: git init, then a first commit.',
    })
  }
  throw new OrchestratorError('repository_unsupported', `git does not accept ${directory}: ${said}`, {
    hint: 'Make "git status" work there first.',
  })
}

async function pathOf(git: GitCommand, directory: string, question: string): Promise<string> {
  const answer = await git.run({
    args: ['rev-parse', '--path-format=absolute', question],
    from: directory,
    personal: true,
  })
  const path = answer.stdout.toString('utf8').replace(/\n$/, '')
  if (!isUtf8(answer.stdout)) throw notNameable(path)
  return await realpath(path)
}

async function requireCommit(git: GitCommand, workGitDir: string, workTree: string): Promise<void> {
  const answer = await git.run({
    args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'],
    gitDir: workGitDir,
    answers: [0, 1, 128],
  })
  if (answer.code === 0) return
  const named = await git.run({
    args: ['rev-parse', '--verify', 'HEAD'],
    gitDir: workGitDir,
    answers: [0, 128],
  })
  const head = named.stdout.toString('utf8').trim()
  // An id can be told of a commit that is not there.
  if (named.code === 0)
    throw gitFailed(`the commit ${head}, at which HEAD of ${workTree} is, cannot be read`, answer.stderr)
  throw new OrchestratorError(
    'repository_unsupported',
    `the repository at ${workTree} has no commit to start from`,
    {
      hint: 'Make a first commit (git add, git commit), or check out a branch that has one.',
    },
  )
}

/** The first work tree of the list; where the main repository is bare, the one that was named. */
async function mainWorkTree(git: GitCommand, gitDir: string, workTree: string): Promise<string> {
  const first = (await listWorkTrees(git, gitDir))[0]
  if (first === undefined || first.bare) return workTree
  try {
    const path = await realpath(first.path)
    // For a submodule git names the git directory itself.
    return path === gitDir ? workTree : path
  } catch {
    // The main work tree is gone while a linked one is still there.
    return workTree
  }
}

interface WorkTree {
  readonly path: string
  readonly bare: boolean
  /** Full name of the branch that is checked out, or null. */
  readonly branch: string | null
}

export async function listWorkTrees(git: GitCommand, gitDir: string): Promise<WorkTree[]> {
  const { stdout } = await git.run({ args: ['worktree', 'list', '--porcelain', '-z'], gitDir })
  const records = stdout
    .toString('utf8')
    .split('\0\0')
    .filter((record) => record !== '')
  return records.map((record) => {
    const fields = record.split('\0')
    const path = valueOf(fields, 'worktree')
    if (path === null) throw gitFailed(`git worktree list answered ${JSON.stringify(record)}`)
    return { path, bare: fields.includes('bare'), branch: valueOf(fields, 'branch') }
  })
}

function valueOf(fields: readonly string[], name: string): string | null {
  return fields.find((field) => field.startsWith(`${name} `))?.slice(name.length + 1) ?? null
}
