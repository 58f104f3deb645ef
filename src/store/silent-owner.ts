import { hostname } from 'node:os'
import { isInOtherContainer } from '../runtime/process-identity.ts'
import { type Silence, silenceText } from '../domain/silence.ts'
import { DEFAULT_OWNER_LEASE_MS, type OwnerRecord } from './queries-owner.ts'

/** How to have an owner answer that says nothing: it may be stopped. Null where it is not ours to tell, or speaks. */
export function silentOwnerHint(owner: OwnerRecord | null, now: number, host = hostname()): string | null {
  const silence = silenceOf(owner, now, host)
  return silence === null ? null : silenceText(silence, now)
}

/** The silence of an owner; null where it speaks, has gone, or is on another machine, whose clock is not ours, or in another container. */
export function silenceOf(owner: OwnerRecord | null, now: number, host = hostname()): Silence | null {
  if (owner === null || !isSilent(owner, now) || owner.identity.host !== host) return null
  if (isInOtherContainer(owner.identity)) return null
  return { pid: owner.identity.pid, since: lastWord(owner) }
}

export function isSilent(owner: OwnerRecord, now: number): boolean {
  // It renews after a third of its lease: two renewals are missing.
  return !owner.released && now - lastWord(owner) >= (DEFAULT_OWNER_LEASE_MS * 2) / 3
}

function lastWord({ leaseUntil }: OwnerRecord): number {
  return leaseUntil - DEFAULT_OWNER_LEASE_MS
}
