/** The right to work on something; expires unless renewed. `token` grows with every claim and fences out late writers. */
export interface Lease {
  readonly holder: string
  readonly token: number
  readonly expiresAt: number
}

export const DEFAULT_LEASE_MS = 60_000

export function isExpired(lease: Lease, now: number): boolean {
  return now >= lease.expiresAt
}

/** When to renew: after a third of the lease, so that two renewals may fail before it is lost. */
export function renewAfterMs(leaseMs: number): number {
  return Math.floor(leaseMs / 3)
}
