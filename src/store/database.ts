import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { prepared } from './prepared.ts'
import { translate } from './sqlite-errors.ts'

export type Row = Readonly<Record<string, SQLOutputValue>>
type Value = SQLInputValue

/** How long a connection waits for another one's write lock. */
const BUSY_TIMEOUT_MS = 10_000

interface Opening {
  readonly readOnly?: boolean
  /** Read-only, and nobody writes it meanwhile, so that nothing has to be made beside it. */
  readonly immutable?: boolean
  /** To be written, where it is there. */
  readonly existing?: boolean
}

/** A connection whose statements are prepared once. Synchronous: it lives on the store's own thread or in short reads. */
export class Database {
  readonly path: string
  readonly #connection: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #undone = 0

  /** Makes the file where there is none, but for `existing`: by SQLite it is made for everybody to read. */
  constructor(path: string, options: Opening = {}) {
    this.path = path
    const { immutable = false, readOnly = immutable, existing = false } = options
    const location = pathToFileURL(path)
    if (immutable) location.searchParams.set('immutable', '1')
    if (existing) location.searchParams.set('mode', 'rw')
    const where = immutable || existing ? location : path
    this.#connection = translate(path, () => new DatabaseSync(where, { readOnly }))
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

  /** Row by row. Nothing may be written before the last one is read or the loop is left. */
  *each(sql: string, ...values: Value[]): Generator<Row> {
    const rows = translate(this.path, () => this.#prepared(sql).iterate(...values))
    const next = (): IteratorResult<Row> => translate(this.path, () => rows.next())
    try {
      for (let row = next(); row.done !== true; row = next()) yield row.value
    } finally {
      rows.return?.()
    }
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
    this.run('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.run('COMMIT')
      return result
    } catch (thrown) {
      this.rollback()
      throw thrown
    }
  }

  /** One operation of a group: when it throws, its own changes are undone and no others. */
  savepoint<Result>(work: () => Result): Result {
    this.run('SAVEPOINT operation')
    try {
      const result = work()
      this.run('RELEASE operation')
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
    const statement = prepared(this.#connection, this.path, sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
