import { lstat, mkdir, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { TreeId } from '../domain/evidence.ts'
import { isUnder } from '../domain/plan-path.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import { stampAt } from '../git/disk.ts'
import type { Git } from '../git/git.ts'
import type { GitCommand } from '../git/git-command.ts'
import { beginPlainHistory, readPlainDirectory, writePlainDirectory } from '../git/plain-directory.ts'
import type { TreeLimits, TreeReading } from '../git/trees.ts'

interface Making {
  readonly git: Git
  readonly command: GitCommand
  readonly directory: string
  readonly tree: TreeId
  /** What the one commit of its history says. */
  readonly message: string
  /** Repositories, the state and whatever else a person's work must not lie in. */
  readonly apart: readonly string[]
  /** Names what belongs to this one claim, so that what a kill left half made is known to be ours. */
  readonly token: number
}

/** Makes a directory with the files of a tree: all of it, or nothing. Throws `directory_unusable`. */
export async function makePersonDirectory(making: Making): Promise<void> {
  const { git, command, directory, tree, message, apart, token } = making
  if (await isMadeAlready(making)) return
  await requireFreeDirectory(directory, apart)
  const half = `${directory}.tdd-${token}`
  await rm(half, { recursive: true, force: true, maxRetries: 3 })
  try {
    await mkdir(half)
    await writePlainDirectory(git, { directory: half, tree })
    await beginPlainHistory(command, { directory: half, message })
    if ((await stampAt(directory)) !== null) await rmdir(directory)
    await rename(half, directory)
  } catch (cause) {
    await rm(half, { recursive: true, force: true, maxRetries: 3 })
    throw cause instanceof OrchestratorError ? cause : unusable(directory, messageOf(cause), cause)
  }
}

/** A kill came between the making and the word that it is made. */
async function isMadeAlready({ git, directory, tree, apart }: Making): Promise<boolean> {
  const isTheirs = await requirePersonDirectory(directory, apart).then(
    () => true,
    () => false,
  )
  if (!isTheirs || (await readdir(directory)).length === 0) return false
  const reading = await readPlainDirectory(git, { directory, base: tree, limits: ANY_SIZE })
  return reading.kind === 'tree' && reading.tree === tree
}

/** A directory with more than the tree is none that we have just made. */
const ANY_SIZE: TreeLimits = { files: 1_000_000, bytes: Number.MAX_SAFE_INTEGER }

/** Nothing is there, or an empty directory; and it lies in nobody's repository that we work with. */
export async function requireFreeDirectory(directory: string, apart: readonly string[]): Promise<void> {
  const parent = await realpath(dirname(directory)).catch((cause: unknown) => {
    throw unusable(directory, `${dirname(directory)} is not there`, cause)
  })
  await requireApart(join(parent, basename(directory)), apart)
  if ((await stampAt(directory)) === null) return
  const found = await lstat(directory)
  if (found.isSymbolicLink()) throw unusable(directory, 'it is a link')
  if (!found.isDirectory()) throw unusable(directory, 'it is no directory')
  if ((await readdir(directory)).length > 0) throw unusable(directory, 'it is not empty')
}

/** What a person left in their directory; the directory is the one that was made, and nobody put another in its place. */
export async function readPersonDirectory(reading: {
  readonly git: Git
  readonly directory: string
  readonly base: TreeId
  readonly limits: TreeLimits
  readonly apart: readonly string[]
}): Promise<TreeReading> {
  const { git, directory, base, limits, apart } = reading
  await requirePersonDirectory(directory, apart)
  return readPlainDirectory(git, { directory, base, limits })
}

/** Throws `directory_unusable`. */
export async function requirePersonDirectory(directory: string, apart: readonly string[]): Promise<void> {
  const found = await lstat(directory).catch((cause: unknown) => {
    throw unusable(directory, 'it is gone', cause)
  })
  if (found.isSymbolicLink()) throw unusable(directory, 'it is a link')
  if (!found.isDirectory()) throw unusable(directory, 'it is no directory')
  const own = process.getuid?.() ?? found.uid
  if (found.uid !== own) throw unusable(directory, 'it belongs to another user')
  await requireApart(await realpath(directory), apart)
}

async function requireApart(directory: string, apart: readonly string[]): Promise<void> {
  for (const place of apart) {
    const real = await realpath(place).catch(() => resolve(place))
    if (isUnder(directory, real)) throw unusable(directory, `it lies in ${real}`)
    if (isUnder(real, directory)) throw unusable(directory, `${real} lies in it`)
  }
}

function unusable(directory: string, why: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('directory_unusable', `${directory} cannot be worked in: ${why}`, {
    hint: 'A directory for a task is not there yet or is empty, is yours, and lies outside the repository and the state. One that is lost: orchestrator task give-back KEY, then orchestrator task take KEY DIR.',
    ...(cause === undefined ? {} : { cause }),
  })
}
