import { isAlive, isInOtherContainer } from '../runtime/process-identity.ts'
import { DEFAULT_OWNER_LEASE_MS, type OwnerRecord } from './queries-owner.ts'

/**
 * Whether an owner may still write. One of another machine counts as alive: nobody knows better. One of another container has the
 * same clock, and has the store no longer than its lease.
 */
export function mayWrite(owner: OwnerRecord | null, now: number): boolean {
  if (owner === null || owner.released) return false
  if (!isInOtherContainer(owner.identity)) return isAlive(owner.identity) !== false
  return !isLapsed(owner, now)
}

/** Also one that lasts longer than any that is given: the clock was set back since. */
export function isLapsed(
  { leaseUntil }: OwnerRecord,
  now: number,
  longestMs = DEFAULT_OWNER_LEASE_MS,
): boolean {
  return now >= leaseUntil || leaseUntil > now + longestMs
}
