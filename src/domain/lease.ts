/** When to renew: after a third of the lease, so that two renewals may fail before it is lost. */
export function renewAfterMs(leaseMs: number): number {
  return Math.floor(leaseMs / 3)
}
