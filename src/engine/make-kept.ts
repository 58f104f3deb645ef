import { messageOf, OrchestratorError } from '../errors.ts'
import { makeDirectories } from '../runtime/make-directories.ts'

/** Makes a directory that a person wants kept, with those above it. Throws `usage`. */
export function makeKept(directory: string, mode?: number): void {
  try {
    makeDirectories(directory, mode)
  } catch (cause) {
    throw unusableKept(directory, cause)
  }
}

export function unusableKept(directory: string, cause: unknown): OrchestratorError {
  return new OrchestratorError('usage', `--keep: cannot use ${directory}: ${messageOf(cause)}`, {
    hint: 'Name a directory that can be made and written.',
    cause,
  })
}
