import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { stateUnusable } from '../config/state-directory.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import { hasCode } from '../runtime/has-code.ts'

const SQLITE_ERROR = 1
const SQLITE_BUSY = 5
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_TOOBIG = 18
const SQLITE_NOTADB = 26
/** Nothing that this program writes is too big: a row that says so of itself was overwritten. */
const OF_DAMAGE: ReadonlySet<number> = new Set([SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_TOOBIG])
/** With less than this a store can be neither opened nor written: beside it SQLite makes files of its own. */
const LEAST_ROOM_BYTES = 1024 * 1024

/** Errors of SQLite in words of the catalogue. */
export function translate<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    if (isClosedError(cause)) throw closed(path, cause)
    // No number that this program writes is larger than JavaScript counts exactly.
    if (isTooLarge(cause)) throw new DamagedRow(`The store ${path} holds a number that is too large.`, cause)
    if (cause instanceof OrchestratorError || !isSqliteError(cause)) throw cause
    throw translated(path, cause)
  }
}

/** Whether SQLite refused a statement itself, for what it names or how it is written. */
export function isOfStatement(thrown: unknown): boolean {
  return isSqliteError(thrown) && (thrown.errcode & 0xff) === SQLITE_ERROR
}

/** Whether the disk that a store lies on is full, as far as it can be asked. */
export function hasNoRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < LEAST_ROOM_BYTES
  } catch {
    // Where nothing is there to be asked, something else is wrong.
    return false
  }
}

function translated(path: string, cause: Error & { readonly errcode: number }): OrchestratorError {
  const primary = cause.errcode & 0xff
  if (OF_DAMAGE.has(primary)) return new Damaged(path, messageOf(cause), cause)
  if (isOfJson(cause)) return new DamagedRow(`The store ${path} holds text where JSON belongs.`, cause)
  if (primary === SQLITE_FULL) return new NoRoom(path, cause)
  if (primary === SQLITE_BUSY) return locked(path, cause)
  const isAboutFile = primary === SQLITE_IOERR || primary === SQLITE_CANTOPEN
  if (isAboutFile && hasNoRoom(path)) return new NoRoom(path, cause)
  if (primary === SQLITE_READONLY || primary === SQLITE_CANTOPEN)
    return stateUnusable(`the store ${path}`, cause)
  return new OrchestratorError(
    'store_unavailable',
    `The store ${path} could not be used: ${messageOf(cause)}.`,
    { hint: 'Check that the disk has space and that the file may be written.', cause },
  )
}

/** The disk is full. That may pass: an agent that fills it is ended, and what it wrote is removed. */
export class NoRoom extends OrchestratorError {
  constructor(path: string, cause: unknown) {
    super('store_unavailable', `The disk of the store ${path} is full.`, {
      hint: 'Nothing that was recorded is lost. Make room there, for example with `orchestrator clean`; then go on with `orchestrator run --resume`.',
      cause,
    })
  }
}

/** Told to who only looks; who writes says instead where it was saved. */
const SAVED_BY_RUN =
  'Nothing was changed. Enter orchestrator run: it saves what can still be read of it beside it, and says how to go on.'

/**
 * Pages or log of a store are damaged. Who opens it to write saves what can be read, and says where; who only looks leaves
 * that to them.
 */
export class Damaged extends OrchestratorError {
  constructor(path: string, what: string, cause?: unknown) {
    super('store_corrupt', `The store ${path} is damaged: ${what}.`, {
      hint: SAVED_BY_RUN,
      cause,
    })
  }
}

/** A row that cannot be read at all: SQLite sums up no page, and finds those whole within which something was overwritten. */
export class DamagedRow extends OrchestratorError {
  constructor(message: string, cause?: unknown) {
    super('store_corrupt', message, { hint: SAVED_BY_RUN, cause })
  }
}

export const BY_HAND = 'The row was written by hand or by another program. Restore a backup.'

/** A row that can be read, and says what this program does not write. */
export function writtenByOthers(message: string): OrchestratorError {
  return new OrchestratorError('store_corrupt', message, { hint: BY_HAND })
}

/** Whoever closed it asks it once more. */
function closed(path: string, cause: unknown): OrchestratorError {
  return new OrchestratorError('store_unavailable', `The store ${path} was closed and is used again.`, {
    hint: 'Open it again, or dispose it later.',
    cause,
  })
}

function locked(path: string, cause: unknown): OrchestratorError {
  return new OrchestratorError(
    'store_unavailable',
    `The store ${path} is locked: another program writes it, or keeps it from being written.`,
    {
      hint: 'Nothing was changed. End that program, or enter the same command again once it is done.',
      cause,
    },
  )
}

function isTooLarge(thrown: unknown): boolean {
  return hasCode(thrown, 'ERR_OUT_OF_RANGE')
}

/** Told by no code of its own: a query looked into a column. */
function isOfJson(thrown: Error): boolean {
  return messageOf(thrown) === 'malformed JSON'
}

function isClosedError(thrown: unknown): boolean {
  return hasCode(thrown, 'ERR_INVALID_STATE')
}

function isSqliteError(thrown: unknown): thrown is Error & { readonly errcode: number } {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
}
