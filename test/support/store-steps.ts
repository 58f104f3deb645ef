import { readFileSync } from 'node:fs'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { Database } from '../../src/store/database.ts'
import type { Args, Answer, OperationName } from '../../src/store/operation.ts'
import { OPERATIONS } from '../../src/store/operations.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { AttemptEnd, Claim } from '../../src/store/store.ts'
import { ended, startedId } from './store-data.ts'

/** A new store on disk whose operations are performed one by one, each committed, in this thread. */
export async function newDatabase(path: string): Promise<Database> {
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.close()
  return new Database(path)
}

export function perform<Name extends OperationName>(
  db: Database,
  name: Name,
  ...args: Args<Name>
): Answer<Name> {
  const operation = (): Answer<Name> => OPERATIONS[name](db, args)
  return db.inTransaction ? operation() : db.transaction(operation)
}

/** A claim that nothing keeps the worker from. */
export function claimed(
  db: Database,
  wanted: { readonly run: string; readonly worker: string; readonly key: string },
  at: number,
): Claim {
  const { run, worker, key } = wanted
  const claim = perform(db, 'claim', { run, worker, leaseMs: 1e9, candidates: [key] }, at)
  if (claim === null) throw new Error(`${worker} could not claim ${key} at ${at}`)
  return claim
}

export function begun(db: Database, claim: Claim, at: number): number {
  const attempt = { stage: 'green', agent: 's', reserved: NO_SPEND } as const
  return startedId(perform(db, 'startAttempt', claim, attempt, at))
}

/** An attempt at GREEN that starts and ends like that. */
export function attempted(
  db: Database,
  { claim, outcome }: { readonly claim: Claim; readonly outcome: AttemptEnd['outcome'] },
  at: number,
): void {
  perform(db, 'finishAttempt', claim, begun(db, claim, at), ended(outcome), at)
}

/**
 * Commits in a write-ahead log: the frames that end a transaction carry the size of the database after it (SQLite file
 * format, 4.1).
 */
export function commitsIn(path: string): number {
  const log = readFileSync(path)
  const frame = 24 + log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) commits += 1
  return commits
}
