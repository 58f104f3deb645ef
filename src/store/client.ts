import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ProcessIdentity } from '../runtime/process-identity.ts'
import { realPath } from '../runtime/real-path.ts'
import { Database } from './database.ts'
import { mayWrite } from './may-write.ts'
import { isAwaited, readOwner } from './queries-owner.ts'
import { answerFrom, REQUEST_SQL } from './queries-requests.ts'
import { openReader, type StoreReader } from './reader.ts'
import { answerOpenRequests } from './requests.ts'
import { silentOwnerHint } from './silent-owner.ts'
import { openSqliteStore } from './sqlite.ts'
import { requireWholeLog } from './whole-log.ts'
import { OpenFile } from './store-file.ts'
import type { StoreAnswer, StoreRequestBody } from './store.ts'

interface ClientOptions {
  readonly path: string
  readonly clock: Clock
  readonly owner: ProcessIdentity
  /** How long a living owner may take to answer. Default 30 s. */
  readonly answerMs?: number
}

/** A store that another process may own: reads beside it, and changes that are handed in. */
export interface StoreClient extends Disposable {
  readonly reader: StoreReader
  /** Asks for a change and answers what it gave, by the owner or, when there is none, by ourselves. */
  handIn(body: StoreRequestBody): Promise<unknown>
}

export function openStoreClient(options: ClientOptions): StoreClient {
  const reader = openReader(options.path)
  if (reader === null) {
    throw new OrchestratorError('nothing_to_run', `There is no store at ${options.path} yet.`, {
      hint: 'Read a plan first with `tdd-orchestrator ingest PLAN`.',
    })
  }
  return {
    reader,
    handIn: (body) => handIn(options, body),
    [Symbol.dispose]: () => reader.close(),
  }
}

const DEFAULT_ANSWER_MS = 30_000
const LOOK_MS = 20

/** The request waits in the store, so that whoever owns it next can answer it. */
async function handIn(options: ClientOptions, body: StoreRequestBody): Promise<unknown> {
  const path = realPath(options.path)
  const file = new OpenFile(path)
  requireWholeLog(path)
  const db = new Database(path, { existing: true })
  try {
    requireSame(file)
    const now = options.clock.now()
    const answerMs = options.answerMs ?? DEFAULT_ANSWER_MS
    const id = db.insert(REQUEST_SQL.handIn, now, now + answerMs, JSON.stringify(body), now)
    for (const end = options.clock.monotonic() + answerMs; options.clock.monotonic() < end; ) {
      const answer = answerOf(db, id)
      if (answer !== null) return valueOf(answer)
      // Its owner may have removed it with what is asked for; a new one at its path is another one.
      requireSame(file)
      const at = options.clock.now()
      if (mayWrite(readOwner(db), at) || isAwaited(db, at)) await options.clock.sleep(LOOK_MS)
      else await ownForThis(options)
    }
    return withdraw(db, { id, options, answerMs })
  } finally {
    db.close()
  }
}

function requireSame(file: OpenFile): void {
  const gone = file.whyGone()
  if (gone !== null) throw gone
}

function answerOf(db: Database, id: number): StoreAnswer | null {
  const row = db.get(REQUEST_SQL.find, id)
  return row === null || row['answered_at'] === null ? null : answerFrom(row)
}

/** When another process is faster, that one is the owner and answers. */
async function ownForThis(options: ClientOptions): Promise<void> {
  try {
    await using store = await openSqliteStore({ ...options, passing: true })
    await answerOpenRequests(store, { clock: options.clock, stop: null })
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError && thrown.code === 'store_owned')) throw thrown
    await options.clock.sleep(LOOK_MS)
  }
}

interface Unanswered {
  readonly id: number
  readonly options: ClientOptions
  readonly answerMs: number
}

/** What nobody waits for any more must not happen later. An answer that came at the last moment counts. */
function withdraw(db: Database, { id, options, answerMs }: Unanswered): unknown {
  const owner = readOwner(db)
  const silent = silentOwnerHint(owner, options.clock.now())
  const hint = `Nothing was changed. ${silent === null ? 'Ask again.' : `${silent} Then ask again.`}`
  const who = owner === null ? 'it' : `process ${owner.identity.pid} on ${owner.identity.host}`
  const message = `The owner of the store is busy: ${who} gave no answer within ${Math.round(answerMs / 1000)} s.`
  const answer = { ok: false, code: 'store_owned', message, hint }
  db.run(REQUEST_SQL.answer, JSON.stringify(answer), options.clock.now(), id)
  return valueOf(answerOf(db, id))
}

function valueOf(answer: StoreAnswer | null): unknown {
  if (answer === null) throw new OrchestratorError('internal', 'The request is gone from the store.')
  if (answer.ok) return answer.value
  throw new OrchestratorError(answer.code, answer.message, answer.hint === null ? {} : { hint: answer.hint })
}
