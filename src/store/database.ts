import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { stateUnusable } from '../config/state-directory.ts'
import { messageOf, OrchestratorError } from '../errors.ts'

export type Row = Readonly<Record<string, SQLOutputValue>>
type Value = SQLInputValue

/** How long a connection waits for another one's write lock. */
const BUSY_TIMEOUT_MS = 10_000

/** A connection whose statements are prepared once. Synchronous: it lives on the store's own thread or in short reads. */
export class Database {
  readonly path: string
  readonly #connection: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #undone = 0

  /** `immutable`: read-only, and nobody writes it meanwhile, so that nothing has to be made beside it. */
  constructor(path: string, options: { readonly readOnly?: boolean; readonly immutable?: boolean } = {}) {
    this.path = path
    const { immutable = false, readOnly = immutable } = options
    const location = pathToFileURL(path)
    if (immutable) location.searchParams.set('immutable', '1')
    this.#connection = translate(path, () => new DatabaseSync(immutable ? location : path, { readOnly }))
    translate(path, () => {
      this.#connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
      this.#connection.exec('PRAGMA foreign_keys = ON')
    })
  }

  /** The first row, or null. */
  get(sql: string, ...values: Value[]): Row | null {
    return translate(this.path, () => this.#prepared(sql).get(...values) ?? null)
  }

  all(sql: string, ...values: Value[]): Row[] {
    return translate(this.path, () => this.#prepared(sql).all(...values))
  }

  /** Answers how many rows changed. */
  run(sql: string, ...values: Value[]): number {
    return translate(this.path, () => Number(this.#prepared(sql).run(...values).changes))
  }

  /** Answers the row id of the inserted row. */
  insert(sql: string, ...values: Value[]): number {
    return translate(this.path, () => Number(this.#prepared(sql).run(...values).lastInsertRowid))
  }

  exec(sql: string): void {
    translate(this.path, () => this.#connection.exec(sql))
  }

  get inTransaction(): boolean {
    return this.#connection.isTransaction
  }

  /** Grows whenever something that was written is undone: what was remembered of it has to be read again. */
  get undone(): number {
    return this.#undone
  }

  /** Takes the write lock, runs, commits; rolls back when something throws. */
  transaction<Result>(work: () => Result): Result {
    this.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.exec('COMMIT')
      return result
    } catch (thrown) {
      this.rollback()
      throw thrown
    }
  }

  /** One operation of a group: when it throws, its own changes are undone and no others. */
  savepoint<Result>(work: () => Result): Result {
    this.exec('SAVEPOINT operation')
    try {
      const result = work()
      this.exec('RELEASE operation')
      return result
    } catch (thrown) {
      this.#undone += 1
      if (this.inTransaction) this.exec('ROLLBACK TO operation; RELEASE operation')
      throw thrown
    }
  }

  /** Some failures end the transaction by themselves; then there is nothing to roll back. */
  rollback(): void {
    this.#undone += 1
    if (this.inTransaction) this.exec('ROLLBACK')
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close()
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#connection.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

const SQLITE_READONLY = 8
const SQLITE_CORRUPT = 11
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

/** Errors of SQLite in words of the catalogue. */
function translate<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    if (isClosedError(cause)) throw closed(path, cause)
    if (cause instanceof OrchestratorError || !isSqliteError(cause)) throw cause
    const primary = cause.errcode & 0xff
    if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) throw corrupt(path, messageOf(cause), cause)
    if (primary === SQLITE_READONLY || primary === SQLITE_CANTOPEN)
      throw stateUnusable(`the store ${path}`, cause)
    throw new OrchestratorError(
      'store_unavailable',
      `The store ${path} could not be used: ${messageOf(cause)}.`,
      {
        hint: 'Check that the disk has space and that the file may be written.',
        cause,
      },
    )
  }
}

/** Whoever closed it asks it once more. */
function closed(path: string, cause: unknown): OrchestratorError {
  return new OrchestratorError('store_unavailable', `The store ${path} was closed and is used again.`, {
    hint: 'Open it again, or dispose it later.',
    cause,
  })
}

function isClosedError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_INVALID_STATE'
}

export function corrupt(path: string, what: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('store_corrupt', `The store ${path} is damaged: ${what}.`, {
    hint: 'Nothing was changed. Put a backup in its place, or move the file away to start with an empty store.',
    cause,
  })
}

function isSqliteError(thrown: unknown): thrown is Error & { readonly errcode: number } {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
}
