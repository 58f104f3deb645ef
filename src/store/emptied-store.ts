import { existsSync, readdirSync } from 'node:fs'
import { transcriptsBeside } from '../config/transcript-place.ts'
import { OrchestratorError } from '../errors.ts'
import { lookAt } from './store-file.ts'

/**
 * Throws `state_unusable` where a store is gone or empty and something of it is left beside it: a log, which SQLite removes as soon
 * as it opens the file, or transcripts beside an empty one. Nothing that is new looks like that.
 */
export function requireNotEmptied(path: string): void {
  const bytes = lookAt(path, path)?.size
  if (bytes !== undefined && bytes > MOST_OF_NONE) return
  if ((lookAt(`${path}-wal`, path)?.size ?? 0) > 0) {
    const what = bytes === undefined ? 'is gone' : 'is empty'
    throw unusable(
      `The store ${path} ${what}, and a log of it lies beside it.`,
      `Put the file back where that log is its own; to begin with an empty store, move ${path}-wal away.`,
    )
  }
  const transcripts = transcriptsBeside(path)
  if (bytes !== undefined && existsSync(transcripts) && readdirSync(transcripts).length > 0)
    throw unusable(
      `The store ${path} is empty, and transcripts of its runs lie in ${transcripts}.`,
      `Put a backup of it there; to begin with an empty store, remove ${path}.`,
    )
}

/** SQLite takes a file of one byte for a new one, too. */
const MOST_OF_NONE = 1

function unusable(what: string, way: string): OrchestratorError {
  return new OrchestratorError('state_unusable', what, { hint: `Nothing was changed. ${way}` })
}
