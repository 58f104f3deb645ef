import { messageOf, OrchestratorError } from '../errors.ts'
import type { Database } from './database.ts'
import type { OperationName } from './operation.ts'
import { OPERATIONS, READS } from './operations.ts'
import { checkEpoch } from './queries-owner.ts'
import { Damaged, DamagedRow, NoRoom } from './sqlite-errors.ts'
import type { Damage, Reply, ThrownError } from './thread-messages.ts'

export interface Request {
  readonly id: number
  readonly name: OperationName
  readonly args: readonly unknown[]
}

export interface Ownership {
  readonly epoch: number
  readonly leaseMs: number
  readonly at: number
}

/**
 * Carries out a group in one transaction, in order. An operation that throws is undone alone; when the commit fails nothing
 * of the group has happened and every one of them is told so. Answers are given only after the commit. Throws `NoRoom`, and
 * then nothing has happened either: the same group may be carried out later.
 */
export function executeGroup(db: Database, group: readonly Request[], ownership: Ownership): Reply[] {
  if (onlyReads(group)) return group.map((request) => execute(db, request))
  return executeTogether(db, group, ownership) ?? executeEach(db, group, ownership)
}

/** Nearly always none of them throws, and a savepoint for each costs as much as a write. Null where one did: nothing has happened. */
function executeTogether(db: Database, group: readonly Request[], ownership: Ownership): Reply[] | null {
  try {
    return asOwner(db, ownership, () =>
      group.map((request) => ({ id: request.id, ok: true, value: perform(db, request) })),
    )
  } catch (thrown) {
    if (thrown instanceof NoRoom) throw thrown
    return null
  }
}

function executeEach(db: Database, group: readonly Request[], ownership: Ownership): Reply[] {
  try {
    return asOwner(db, ownership, () => group.map((request) => executeAlone(db, request)))
  } catch (thrown) {
    if (thrown instanceof NoRoom) throw thrown
    return group.map(({ id }) => ({ id, ok: false, error: thrownError(thrown) }))
  }
}

function asOwner(db: Database, ownership: Ownership, work: () => Reply[]): Reply[] {
  return db.transaction(() => {
    checkEpoch(db, ownership)
    return work()
  })
}

export function thrownError(thrown: unknown): ThrownError {
  const stack = thrown instanceof Error ? (thrown.stack ?? null) : null
  if (thrown instanceof OrchestratorError) {
    const { code, message, hint } = thrown
    return { code, message, hint, damage: damageIn(thrown), stack }
  }
  const message = `The store failed: ${messageOf(thrown)}`
  return { code: 'internal', message, hint: null, damage: null, stack }
}

function damageIn(thrown: OrchestratorError): Damage | null {
  if (thrown instanceof DamagedRow) return 'row'
  return thrown instanceof Damaged ? 'pages' : null
}

export function onlyReads(group: readonly Request[]): boolean {
  return group.every(({ name }) => READS.has(name))
}

function executeAlone(db: Database, request: Request): Reply {
  if (READS.has(request.name)) return execute(db, request)
  try {
    return db.savepoint(() => ({ id: request.id, ok: true, value: perform(db, request) }))
  } catch (thrown) {
    // SQLite ends the whole transaction when the disk is full or fails: then the group as a whole has failed.
    if (!db.inTransaction || thrown instanceof NoRoom) throw thrown
    return { id: request.id, ok: false, error: thrownError(thrown) }
  }
}

function execute(db: Database, request: Request): Reply {
  try {
    return { id: request.id, ok: true, value: perform(db, request) }
  } catch (thrown) {
    return { id: request.id, ok: false, error: thrownError(thrown) }
  }
}

/** Names and arguments were paired by the type of the caller's side; they only lost it on the way through the thread's port. */
function perform(db: Database, { name, args }: Request): unknown {
  const operation = OPERATIONS[name] as (db: Database, args: readonly unknown[]) => unknown
  return operation(db, args)
}
