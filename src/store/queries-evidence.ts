import { OrchestratorError } from '../errors.ts'
import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { text } from './rows.ts'

export const EVIDENCE_SQL = {
  keep: 'INSERT INTO evidence (key, value, kept_at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
  recall: 'SELECT value FROM evidence WHERE key = ?',
} as const

/** Longest text that is kept under one key, in UTF-16 units. */
const LONGEST_EVIDENCE = 64 * 1024 * 1024

/** What is kept once stays as it is. */
export function keepEvidence(db: Database, [key, value, at]: Args<'keepEvidence'>): void {
  if (value.length > LONGEST_EVIDENCE) {
    throw new OrchestratorError(
      'internal',
      `Evidence of ${value.length} characters is larger than the store takes (${LONGEST_EVIDENCE}).`,
      {
        hint: 'Lower `limits.outputBytes` of the suite.',
      },
    )
  }
  db.run(EVIDENCE_SQL.keep, key, value, at)
}

export function recallEvidence(db: Database, [key]: Args<'recallEvidence'>): Answer<'recallEvidence'> {
  const row = db.get(EVIDENCE_SQL.recall, key)
  return row === null ? null : text(row, 'value')
}
