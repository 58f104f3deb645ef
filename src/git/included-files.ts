import { createHash } from 'node:crypto'
import { lstat, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import { isDependencyFolder } from './dependency-folders.ts'
import { directoriesOf } from './fill-plan.ts'
import type { TreeEntry, TreeFiles } from './git.ts'
import type { GitCommand } from './git-command.ts'
import { isTreePath } from './tree-object.ts'

/** Where people list, in the syntax of .gitignore, which of the files that git ignores trees need all the same. */
const INCLUDE_FILE = '.worktreeinclude'

/** Files of the person's checkout that git ignores and that every tree gets. They are never anybody's work. */
export interface IncludedFiles {
  /** By path, as they were when this was read. */
  readonly contents: ReadonlyMap<string, IncludedFile>
  /** Equal where the same files hold the same. */
  readonly digest: string
  /** What was listed and left out, with the reason. */
  readonly skipped: readonly string[]
}

interface IncludedFile {
  readonly content: Buffer
  /** What stands for it among the entries of a tree; git has no such mode. */
  readonly entry: TreeEntry
}

export const NOTHING_INCLUDED: IncludedFiles = { contents: new Map(), digest: '', skipped: [] }

const MOST_FILES = 200
const MOST_BYTES = 8 * 1024 * 1024
const LIST_BYTES = 64 * 1024
/** Paths that are listed and looked at before it is too much. */
const LISTED_BYTES = 4 * 1024 * 1024

/**
 * Reads what `.worktreeinclude` of the checkout names. Only regular files that git ignores count, and links that lead to
 * one inside the repository: everything else is in the commits, or is not to be copied.
 */
export async function readIncluded(git: GitCommand, workTree: string): Promise<IncludedFiles> {
  if (!(await isList(join(workTree, INCLUDE_FILE)))) return NOTHING_INCLUDED
  const paths = await ignoredOf(git, workTree, await listedBy(git, workTree))
  const root = await realpath(workTree)
  const contents = new Map<string, IncludedFile>()
  const skipped: string[] = []
  let bytes = 0
  for (const path of paths) {
    const reason = unfit(path) ?? (await strange(root, path))
    if (reason !== null) {
      skipped.push(`${path}: ${reason}`)
      continue
    }
    const content = await readFile(join(root, path))
    bytes += content.length
    if (contents.size >= MOST_FILES || bytes > MOST_BYTES) throw tooMuch()
    contents.set(path, { content, entry: entryOf(content) })
  }
  return { contents, digest: digestOf(contents), skipped }
}

const INCLUDED_MODE = '100600'

/** The files of a tree with those that are included; what the tree itself has goes before. */
export function withIncluded(files: TreeFiles, { contents }: IncludedFiles): TreeFiles {
  if (contents.size === 0) return files
  const known = COMPLETED.get(files)
  if (known?.contents === contents) return known.files
  const directories = directoriesOf(files)
  const added = [...contents].filter(
    ([path]) =>
      !files.has(path) && !directories.has(path) && !parentsOf(path).some((parent) => files.has(parent)),
  )
  const completed = new Map([...files, ...added.map(([path, { entry }]) => [path, entry] as const)])
  COMPLETED.set(files, { contents, files: completed })
  return completed
}

/** Computed once for each map of files. */
const COMPLETED = new WeakMap<TreeFiles, Pick<IncludedFiles, 'contents'> & { readonly files: TreeFiles }>()

/** The content that an entry stands for; null for one of git. */
export function includedContent(entry: TreeEntry, { contents }: IncludedFiles): Buffer | null {
  if (entry.mode !== INCLUDED_MODE) return null
  return [...contents.values()].find((file) => file.entry.id === entry.id)?.content ?? null
}

function entryOf(content: Buffer): TreeEntry {
  return { mode: INCLUDED_MODE, id: createHash('sha256').update(content).digest('hex') }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

async function isList(path: string): Promise<boolean> {
  try {
    const found = await lstat(path)
    return found.isFile() && found.size <= LIST_BYTES
  } catch {
    // Most repositories have none.
    return false
  }
}

async function listedBy(git: GitCommand, workTree: string): Promise<string[]> {
  const { stdout } = await git.run({
    args: ['ls-files', '-z', '--others', '--ignored', `--exclude-from=${INCLUDE_FILE}`],
    from: workTree,
    outputBytes: LISTED_BYTES,
  })
  return pathsOf(stdout)
}

/** Those that git ignores as people configured it; untracked work is none of ours. */
async function ignoredOf(git: GitCommand, workTree: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const { stdout } = await git.run({
    // This command alone takes no literal paths; with `./` before it none begins with a sign of its own.
    args: ['--no-literal-pathspecs', 'check-ignore', '-z', '--stdin'],
    from: workTree,
    stdin: paths.map((path) => `./${path}\0`).join(''),
    outputBytes: LISTED_BYTES,
    answers: [0, 1],
    personal: true,
  })
  return pathsOf(stdout)
    .map((path) => path.slice('./'.length))
    .sort()
}

function pathsOf(stdout: Buffer): string[] {
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '' && !path.endsWith('/'))
}

function unfit(path: string): string | null {
  if (!isTreePath(path)) return 'no tree can hold it'
  if (path.startsWith('.tdd/')) return 'people keep the configuration there'
  const folder = path
    .split('/')
    .slice(0, -1)
    .find((name) => isDependencyFolder(name, []))
  return folder === undefined ? null : `${folder} is made by setup`
}

async function strange(root: string, path: string): Promise<string | null> {
  const target = await realpath(join(root, path)).catch(() => null)
  if (target === null || !target.startsWith(`${root}/`)) return 'it leads out of the repository'
  if (target.startsWith(`${root}/.git/`)) return 'it leads into .git'
  const found = await lstat(target)
  if (!found.isFile()) return 'it is not a file'
  if (found.size > MOST_BYTES) throw tooMuch()
  return null
}

function tooMuch(): OrchestratorError {
  return new OrchestratorError(
    'config_invalid',
    `${INCLUDE_FILE} names more than ${MOST_FILES} files or ${MOST_BYTES} bytes that git ignores`,
    { hint: 'Name less: dependencies belong into `setup`, and what tests read into the repository.' },
  )
}

function digestOf(contents: IncludedFiles['contents']): string {
  const named = [...contents].map(([path, { entry }]) => [path, entry.id])
  return named.length === 0 ? '' : createHash('sha256').update(JSON.stringify(named)).digest('hex')
}
