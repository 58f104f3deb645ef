import { constants, type Stats } from 'node:fs'
import { access, lstat, open, realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { messageOf, OrchestratorError } from '../errors.ts'
import { BEGINNING_BYTES, isReport } from '../observe/report/report-mark.ts'
import { hasCode } from '../runtime/has-code.ts'

/** The absolute path of what an option names. Throws `usage` where that is no file. */
export function reportFile(name: string, asked: { readonly cwd: string; readonly option: string }): string {
  const { cwd, option } = asked
  if (name !== '' && name !== '-') return resolve(cwd, name)
  const what = name === '' ? 'names no file' : '- names no file: a report is not written to standard output'
  throw new OrchestratorError('usage', `${option} ${what}`, {
    hint: `For example ${option} report.html; without a name it lies in the usual place.`,
  })
}

/**
 * Holds that a report can be written to a file that a person named, before anything is done for it: a new one, or a
 * report that stands there already. Throws `usage`.
 */
export async function requireReportPlace(path: string): Promise<void> {
  const there = await lookedAt(path)
  if (there?.isDirectory() === true)
    throw unfit(path, 'it is a directory', 'Name a file in it, for example report.html.')
  // A report never goes through a link to somewhere that the person did not name, and replaces no device.
  if (there?.isSymbolicLink() === true)
    throw unfit(path, 'it is a link', 'Name the file itself, or take the link away.')
  if (there !== null && !there.isFile()) throw unfit(path, 'it is no regular file', 'Name a file.')
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
    if (await isInGit(path)) throw unfit(path, 'it lies in .git, which is git’s own', 'Name another place.')
    if (there !== null && !isReport(await beginningOf(path)))
      throw unfit(path, 'what stands there is no report', 'Name another file, or take that one away.')
  } catch (thrown) {
    throw thrown instanceof OrchestratorError ? thrown : unwritable(path, thrown)
  }
}

async function isInGit(path: string): Promise<boolean> {
  const parts = (await realpath(dirname(path))).split(sep)
  return parts.some((part) => part.toLowerCase() === '.git')
}

async function beginningOf(path: string): Promise<string> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

/** Why a report could not be written after all: another place helps, or the machine has to be mended. */
export function unwritable(path: string, cause: unknown): OrchestratorError {
  const reason = REASONS[cause instanceof Error && 'code' in cause ? String(cause.code) : '']
  if (reason !== undefined) return unfit(path, reason, 'Name a file in a place that you may write.')
  return new OrchestratorError(
    'output_failed',
    `the report cannot be written to ${path}: ${messageOf(cause)}`,
    { hint: 'Make room there, or name another place.', cause },
  )
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'a part of its path is no directory',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'it lies in a file system that can only be read',
  ENAMETOOLONG: 'its name is too long',
}

async function lookedAt(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return null
    throw unwritable(path, thrown)
  }
}

function unfit(path: string, why: string, hint: string): OrchestratorError {
  return new OrchestratorError('usage', `the report cannot be written to ${path}: ${why}`, { hint })
}
