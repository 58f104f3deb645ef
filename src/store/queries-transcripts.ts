import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { textOrNull } from './rows.ts'

/** Nothing is added to the table: it is read from end to end where old ones go. */
export const TRANSCRIPT_SQL = {
  read: 'SELECT text FROM transcripts WHERE attempt_id = ?',
  forget: `DELETE FROM transcripts WHERE attempt_id IN
    (SELECT t.attempt_id FROM transcripts t CROSS JOIN attempts a ON a.id = t.attempt_id WHERE a.ended_at < ? LIMIT ?)`,
} as const

export function readTranscript(db: Database, [attempt]: Args<'transcript'>): Answer<'transcript'> {
  const row = db.get(TRANSCRIPT_SQL.read, attempt)
  return row === null ? null : textOrNull(row, 'text')
}

export function pruneTranscripts(
  db: Database,
  [before, most]: Args<'pruneTranscripts'>,
): Answer<'pruneTranscripts'> {
  return db.run(TRANSCRIPT_SQL.forget, before, most)
}
