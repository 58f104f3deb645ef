import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, OrchestratorError } from '../errors.ts'
import { isDirectory, makeDirectories } from '../runtime/make-directories.ts'
import { DIRECTORY_IS_SET_BY } from './places.ts'

/**
 * Makes a directory of the state that only its owner may enter, and those above it, and holds that it can be written.
 * Throws `state_unusable`.
 */
export function makeStateDirectory(path: string): void {
  try {
    makeDirectories(path, 0o700)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw stateUnusable(`the state directory ${path}`, cause)
  }
}

/** Holds that what is there of the state can be written, and that nothing else stands in its place. Throws `state_unusable`. */
export function requireWritableState(path: string): void {
  if (isTaken(path)) return makeStateDirectory(path)
  const parent = dirname(path)
  if (!isDirectory(parent)) requireWritableState(parent)
}

function isTaken(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // A circle of links, or what nobody may look at.
    return true
  }
}

/** Why a place of the state cannot be used, and what to do. */
export function stateUnusable(what: string, cause: unknown): OrchestratorError {
  if (cause instanceof OrchestratorError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new OrchestratorError(
    'state_unusable',
    `${what} cannot be used: ${REASONS[code] ?? messageOf(cause)}`,
    {
      hint: `Make it a place that you may write, or name another one: ${DIRECTORY_IS_SET_BY}.`,
      cause,
    },
  )
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'something that is not a directory stands where a directory is needed',
  ENOTDIR: 'something that is not a directory stands where a directory is needed',
  EISDIR: 'it is a directory, and a file is needed',
  ENOENT: 'no directory can be made there',
  EROFS: 'it lies in a file system that can only be read',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  ELOOP: 'its symbolic links lead in a circle',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
}
