import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { number } from './rows.ts'

export const LANDING_LEASE_SQL = {
  take: `INSERT INTO landing_leases (target, holder, token, lease_until, updated_at) VALUES (?, ?, 1, ?, ?)
    ON CONFLICT (target) DO UPDATE SET holder = excluded.holder, token = token + 1, lease_until = excluded.lease_until
    WHERE holder IS NULL OR holder = excluded.holder OR lease_until <= ? RETURNING token`,
  renew: 'UPDATE landing_leases SET lease_until = ? WHERE target = ? AND token = ? AND holder IS NOT NULL',
  release: 'UPDATE landing_leases SET holder = NULL WHERE target = ? AND token = ?',
} as const

export function takeLandingLease(
  db: Database,
  [target, holder, leaseMs, at]: Args<'takeLandingLease'>,
): Answer<'takeLandingLease'> {
  const row = db.get(LANDING_LEASE_SQL.take, target, holder, at + leaseMs, at, at)
  return row === null ? null : number(row, 'token')
}

export function renewLandingLease(
  db: Database,
  [target, token, leaseMs, at]: Args<'renewLandingLease'>,
): boolean {
  return db.run(LANDING_LEASE_SQL.renew, at + leaseMs, target, token) > 0
}

export function releaseLandingLease(db: Database, [target, token]: Args<'releaseLandingLease'>): void {
  db.run(LANDING_LEASE_SQL.release, target, token)
}
