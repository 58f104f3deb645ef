import { OrchestratorError } from '../../src/errors.ts'
import { Database, type Row } from '../../src/store/database.ts'
import { NoRoom } from '../../src/store/sqlite-errors.ts'

/** A write that fails. */
interface Failure {
  /** How many others of the transaction succeed before; where it has fewer, its commit fails. */
  readonly behind: number
  /** SQLite may undo the whole transaction by itself. */
  readonly endsTransaction: boolean
}

/** A connection whose disk may be full at a commit, or fail at any write: what was done before it is undone. */
export class FailingDatabase extends Database {
  readonly #isFull: () => boolean
  #failures: Failure[] = []
  #writes = 0

  constructor(path: string, isFull: () => boolean) {
    super(path)
    this.#isFull = isFull
  }

  /** One after the other; none of those that were to come before does. */
  fail(failures: readonly Failure[]): void {
    this.#failures = [...failures]
    this.#writes = 0
  }

  override run(...[sql, ...values]: Parameters<Database['run']>): number {
    if (sql === 'COMMIT' && this.#isFull()) throw new NoRoom(this.path, 'the disk is full')
    this.#beforeWrite(sql)
    return super.run(sql, ...values)
  }

  override insert(...[sql, ...values]: Parameters<Database['insert']>): number {
    this.#beforeWrite(sql)
    return super.insert(sql, ...values)
  }

  override get(...[sql, ...values]: Parameters<Database['get']>): Row | null {
    if (RETURNS.test(sql)) this.#beforeWrite(sql)
    return super.get(sql, ...values)
  }

  override all(...[sql, ...values]: Parameters<Database['all']>): Row[] {
    if (RETURNS.test(sql)) this.#beforeWrite(sql)
    return super.all(sql, ...values)
  }

  #beforeWrite(sql: string): void {
    const [next] = this.#failures
    if (next !== undefined && (this.#writes >= next.behind || sql === 'COMMIT')) this.#fail(next)
    this.#writes += 1
  }

  #fail({ endsTransaction }: Failure): never {
    this.fail(this.#failures.slice(1))
    if (endsTransaction && this.inTransaction) this.exec('ROLLBACK')
    throw new OrchestratorError('store_unavailable', 'the disk failed')
  }
}

/** A write that answers the rows that it wrote. */
const RETURNS = /^(INSERT|UPDATE|DELETE)\b/
