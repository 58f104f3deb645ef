import { isAlive, isInOtherContainer } from '../runtime/process-identity.ts'
import { DEFAULT_OWNER_LEASE_MS, type OwnerRecord } from './queries-owner.ts'

/**
 * Whether an owner may still write. One of another machine counts as alive: nobody knows better. One of another container has the
 * same clock, and has the store no longer than its lease; one that lasts longer than any is given was written before the clock was
 * set back.
 */
export function mayWrite(owner: OwnerRecord | null, now: number): boolean {
  if (owner === null || owner.released) return false
  if (!isInOtherContainer(owner.identity)) return isAlive(owner.identity) !== false
  return now < owner.leaseUntil && owner.leaseUntil <= now + DEFAULT_OWNER_LEASE_MS
}
