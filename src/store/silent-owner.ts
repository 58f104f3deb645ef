import { hostname } from 'node:os'
import { DEFAULT_OWNER_LEASE_MS, type OwnerRecord } from './queries-owner.ts'

/** How to have an owner answer that says nothing: it may be stopped. Null where it is not ours to tell, or speaks. */
export function silentOwnerHint(owner: OwnerRecord | null, now: number, host = hostname()): string | null {
  if (owner === null || !isSilent(owner, now) || owner.identity.host !== host) return null
  const { pid } = owner.identity
  const silentMs = silentFor(owner, now)
  return `Process ${pid} has said nothing for ${Math.round(silentMs / 1000)} s; it may be stopped. \`kill -CONT ${pid}\` lets it go on.`
}

export function isSilent(owner: OwnerRecord, now: number): boolean {
  // It renews after a third of its lease: two renewals are missing.
  return !owner.released && silentFor(owner, now) >= (DEFAULT_OWNER_LEASE_MS * 2) / 3
}

function silentFor(owner: OwnerRecord, now: number): number {
  return now - (owner.leaseUntil - DEFAULT_OWNER_LEASE_MS)
}
