import type { AttemptModel, GivenModel } from '../domain/attempt-model.ts'
import { TIER_REASONS } from '../domain/choose-model.ts'
import { type Tier, TIERS } from '../domain/tier.ts'
import type { Database, Row } from './database.ts'
import { isRecord, jsonArray, number, oneOf, textOrNull, unexpected } from './rows.ts'

export const MODEL_SQL = {
  keep: 'UPDATE attempts SET tier = ?, model = ?, tier_reason = ?, tier_refusals = ? WHERE id = ?',
  compare: 'UPDATE attempts SET alternatives = ? WHERE id = ?',
} as const

export function keepModel(db: Database, attempt: number, { tier, model, why, refusals }: GivenModel): void {
  db.run(MODEL_SQL.keep, tier, model, why, refusals, attempt)
}

export function compareModels(
  db: Database,
  attempt: number,
  alternatives: AttemptModel['alternatives'],
): void {
  if (alternatives.length > 0) db.run(MODEL_SQL.compare, JSON.stringify(alternatives), attempt)
}

/** Of a row of `attempts`; null where it has none. */
export function modelOf(row: Row): AttemptModel | null {
  const tier = tierOf(row)
  if (tier === null) return null
  return {
    tier,
    model: textOrNull(row, 'model'),
    why: oneOf(row, 'tier_reason', TIER_REASONS),
    refusals: number(row, 'tier_refusals'),
    alternatives: row['alternatives'] === null ? [] : jsonArray(row, 'alternatives').map(alternativeFrom),
  }
}

/** Null too in a store that no newer program has brought up yet. */
export function tierOf(row: Row): Tier | null {
  return (row['tier'] ?? null) === null ? null : oneOf(row, 'tier', TIERS)
}

function alternativeFrom(value: unknown): AttemptModel['alternatives'][number] {
  const { tier, model, usd } = isRecord(value) ? value : {}
  const known = TIERS.find((name) => name === tier)
  if (known === undefined || typeof model !== 'string' || typeof usd !== 'number')
    throw unexpected('alternatives', 'a tier with a model and its cost', value)
  return { tier: known, model, usd }
}
