import { hostname } from 'node:os'
import { DEFAULT_OWNER_LEASE_MS, type OwnerRecord } from './queries-owner.ts'

/** How to have an owner answer that says nothing: it may be stopped. Null where it is not ours to tell, or speaks. */
export function silentOwnerHint(owner: OwnerRecord | null, now: number, host = hostname()): string | null {
  if (owner === null || owner.released || owner.identity.host !== host) return null
  // It renews after a third of its lease: two renewals are missing.
  const silentMs = now - (owner.leaseUntil - DEFAULT_OWNER_LEASE_MS)
  if (silentMs < (DEFAULT_OWNER_LEASE_MS * 2) / 3) return null
  const { pid } = owner.identity
  return `Process ${pid} has said nothing for ${Math.round(silentMs / 1000)} s; it may be stopped. \`kill -CONT ${pid}\` lets it go on.`
}
