import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { endProcess, isAlive, type ProcessIdentity } from '../runtime/process-identity.ts'
import type { OwnerRecord } from './queries-owner.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'
import { ThreadClient } from './thread-client.ts'

interface SqliteOptions {
  /** The database file; its directory is created. */
  readonly path: string
  readonly clock: Clock
  /** The process that will own the store: `processIdentity()`. */
  readonly owner: ProcessIdentity
  /** How long the owner may be silent before another process of this machine ends it and takes over. Default 30 s. */
  readonly leaseMs?: number
  /** How often the owner looks for what other processes handed in. Default 50 ms. */
  readonly requestPollMs?: number
  /** Kills exactly that process and waits for its end. */
  readonly endProcess?: (identity: ProcessIdentity) => Promise<void>
}

const DEFAULT_OWNER_LEASE_MS = 30_000
const DEFAULT_REQUEST_POLL_MS = 50

/** Opens or makes the store and becomes its owner. Throws state_unusable, store_owned, store_newer, store_corrupt, store_unavailable. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, leaseMs = DEFAULT_OWNER_LEASE_MS, requestPollMs = DEFAULT_REQUEST_POLL_MS } = options
  const thread = new ThreadClient({ path, leaseMs, requestPollMs })
  try {
    await becomeOwner(thread, options)
    return new SqliteStore(thread)
  } catch (thrown) {
    await thread.close()
    throw thrown
  }
}

async function becomeOwner(thread: ThreadClient, options: SqliteOptions): Promise<void> {
  const before = await thread.open()
  if (before !== null) await makeWay(before, options)
  const epoch = await thread.own(options.owner, before?.epoch ?? 0)
  if (epoch === null) throw owned(options, await thread.open())
}

/** Returns once the previous owner is certainly not writing any more; throws when it has the right to. */
async function makeWay(before: OwnerRecord, options: SqliteOptions): Promise<void> {
  const { identity } = before
  if (before.released) return
  const alive = isAlive(identity)
  if (alive === false) return
  const isExpired = options.clock.now() >= before.leaseUntil
  // Without its start a process cannot be told from a later one of the same number, so it is not ended.
  const isKnown = alive === true && identity.processStart !== ''
  if (!isKnown || !isExpired) throw owned(options, before)
  // Expired within our own process: the epoch fences its thread out, and we do not end ourselves.
  if (identity.pid === options.owner.pid && identity.processStart === options.owner.processStart) return
  await (options.endProcess ?? endProcess)(identity)
}

function owned({ path, clock }: SqliteOptions, before: OwnerRecord | null): OrchestratorError {
  const who =
    before === null
      ? 'another process'
      : `process ${before.identity.pid} on ${before.identity.host}, for ${Math.round((clock.now() - before.since) / 1000)} s`
  return new OrchestratorError('store_owned', `The store ${path} is owned by ${who}.`, {
    hint: 'Follow it with `tdd-orchestrator attach`, or end it with `tdd-orchestrator stop`.',
  })
}
