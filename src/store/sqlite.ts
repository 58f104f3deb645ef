import { hostname } from 'node:os'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { endProcess, isAlive, isInOtherContainer, type ProcessIdentity } from '../runtime/process-identity.ts'
import { realPath } from '../runtime/real-path.ts'
import { isLapsed } from './may-write.ts'
import { DEFAULT_OWNER_LEASE_MS, type OwnerRecord, PASSING_MS } from './queries-owner.ts'
import { silentOwnerHint } from './silent-owner.ts'
import { requireLinkedStore, requireRegularFile } from './store-file.ts'
import { SqliteStore } from './sqlite-store.ts'
import { ThreadClient } from './thread-client.ts'

interface SqliteOptions {
  /** The database file; its directory is created. */
  readonly path: string
  readonly clock: Clock
  /** The process that will own the store: `processIdentity()`. */
  readonly owner: ProcessIdentity
  /** For one change only: where others own the store, it throws at once; who wants to stay waits for it. Default false. */
  readonly passing?: boolean
  /** How long the owner may be silent before another process of this machine ends it and takes over. Default 30 s. */
  readonly leaseMs?: number
  /** How often the owner looks for what other processes handed in. Default 50 ms. */
  readonly requestPollMs?: number
  /** Kills exactly that process and waits for its end. */
  readonly endProcess?: (identity: ProcessIdentity) => Promise<void>
}

const DEFAULT_REQUEST_POLL_MS = 50
/** How often who waits for the store looks whether it is free: its owner is there for a few writes. */
const LOOK_MS = 20

/** Opens or makes the store and becomes its owner. Throws state_unusable, store_owned, store_newer, store_corrupt, store_unavailable. */
export async function openSqliteStore(options: SqliteOptions): Promise<SqliteStore> {
  requireRegularFile(options.path)
  requireLinkedStore(options.path)
  const path = realPath(options.path)
  const { leaseMs = DEFAULT_OWNER_LEASE_MS, requestPollMs = DEFAULT_REQUEST_POLL_MS } = options
  const thread = new ThreadClient({ path, leaseMs, requestPollMs })
  try {
    await becomeOwner(thread, { ...options, path })
    return new SqliteStore(thread)
  } catch (thrown) {
    await thread.close()
    throw thrown
  }
}

/** An owner that came for one change only is waited for: it goes by itself. */
async function becomeOwner(thread: ThreadClient, options: SqliteOptions): Promise<void> {
  const { owner, clock, passing = false } = options
  for (const end = clock.monotonic() + PASSING_MS; ; await clock.sleep(LOOK_MS)) {
    // Asked first: however long a slow machine takes to judge one, who was faster is judged as well.
    const isOver = clock.monotonic() >= end
    const before = await thread.open()
    const isFree = before === null || (await madeWay(before, thread, options))
    if (isFree && (await thread.own({ owner, after: before?.epoch ?? 0, passing })) !== null) return
    // Somebody was faster, may be gone again, and is judged in turn.
    if (isFree && !isOver) continue
    if (passing || before?.passing !== true || isOver)
      throw owned(options, isFree ? await thread.open() : before)
    await thread.awaitOwnership()
  }
}

/** True once the previous owner is certainly not writing any more; false while it has the right to. */
async function madeWay(before: OwnerRecord, thread: ThreadClient, options: SqliteOptions): Promise<boolean> {
  const { identity } = before
  if (before.released) return true
  const alive = isAlive(identity)
  if (alive === false) return true
  // Without its start a process cannot be told from a later one of the same number, so it is not ended.
  const isKnown = alive === true && identity.processStart !== ''
  // In another container of this machine nobody here can end it. It has the same clock, and the epoch fences it out.
  if (!(isKnown || isInOtherContainer(identity)) || !isExpired(before, options)) return false
  // Expired within our own process: the epoch fences its thread out, and we do not end ourselves.
  const isOurs = identity.pid === options.owner.pid && identity.processStart === options.owner.processStart
  if (isOurs) return true
  const now = await nextWord(before, thread, options)
  if (now !== before) return now === null || madeWay(now, thread, options)
  if (isKnown) await (options.endProcess ?? endProcess)(identity)
  return true
}

function isExpired(before: OwnerRecord, { clock, leaseMs = 0 }: SqliteOptions): boolean {
  return isLapsed(before, clock.now(), Math.max(leaseMs, DEFAULT_OWNER_LEASE_MS))
}

/** Whoever lives renews within a third of its lease: a machine that slept, or whose clock was put on, says so by itself. */
async function nextWord(
  before: OwnerRecord,
  thread: ThreadClient,
  { clock, leaseMs = DEFAULT_OWNER_LEASE_MS }: SqliteOptions,
): Promise<OwnerRecord | null> {
  for (const end = clock.monotonic() + leaseMs / 2; clock.monotonic() < end; await clock.sleep(LOOK_MS)) {
    const now = await thread.open()
    const isSame = now?.epoch === before.epoch && now.leaseUntil === before.leaseUntil && !now.released
    if (!isSame || isAlive(before.identity) === false) return now
  }
  return before
}

function owned({ path, clock }: SqliteOptions, before: OwnerRecord | null): OrchestratorError {
  const who =
    before === null
      ? 'another process'
      : `process ${before.identity.pid} on ${before.identity.host}, for ${Math.max(0, Math.round((clock.now() - before.since) / 1000))} s`
  return new OrchestratorError('store_owned', `The store ${path} is owned by ${who}.`, {
    hint:
      before?.passing === true
        ? 'It changes something in it for a program beside the run. Enter the same command again.'
        : (silentOwnerHint(before, clock.now()) ?? wayTo(before)),
  })
}

/** Of another machine nothing is known but what its owner wrote. */
function wayTo(owner: OwnerRecord | null): string {
  if (owner !== null && isInOtherContainer(owner.identity))
    return `Follow it with \`orchestrator attach\`, or end it in its container. Where that is gone: it has given the store up once it was silent for ${DEFAULT_OWNER_LEASE_MS / 1_000} s.`
  return owner === null || owner.identity.host === hostname()
    ? 'Follow it with `orchestrator attach`, or end it with `orchestrator stop`.'
    : `Follow it with \`orchestrator attach\`, or end it on ${owner.identity.host}: nobody here can tell whether it lives.`
}
