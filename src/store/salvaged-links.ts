import type { Database } from './database.ts'

/** Where numbers that only grow had come to, in the words of a store that may be damaged. */
export interface Sequence {
  readonly name: unknown
  readonly last: unknown
}

/**
 * Without one that is lost a task would begin too early; its definition tells it as well. CROSS JOIN keeps the order: else SQLite
 * looks through all tasks for each of them.
 */
const PUT_BACK = `INSERT OR IGNORE INTO dependencies (task_id, depends_on)
  SELECT t.id, d.id FROM tasks t CROSS JOIN json_each(iif(json_valid(t.definition), t.definition, '{}'), '$.dependsOn') needed
    CROSS JOIN tasks d ON d.run = t.run AND d.key = needed.value`

/**
 * Puts back what tasks depend on, takes away what belongs to rows that are missing, and lets numbers that only grow go on
 * where they were. Answers how many rows of each table went.
 */
export function mendLinks(db: Database, sequences: readonly Sequence[]): Map<string, number> {
  db.run(PUT_BACK)
  const gone = new Map<string, number>()
  const links = linksOf(db)
  // What went may have been what others belong to.
  for (let some = true; some; ) {
    some = false
    for (const { table, column, parent, to } of links) {
      const rows = db.run(
        `DELETE FROM "${table}" WHERE "${column}" IS NOT NULL AND "${column}" NOT IN (SELECT "${to}" FROM "${parent}")`,
      )
      if (rows === 0) continue
      some = true
      gone.set(table, (gone.get(table) ?? 0) + rows)
    }
  }
  for (const sequence of sequences) continueSequence(db, sequence)
  for (const [name, column] of COUNTED) {
    db.run(
      `INSERT INTO counters (name, value) SELECT ?, max("${column}") FROM tasks WHERE true HAVING max("${column}") IS NOT NULL
        ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
      name,
    )
  }
  return gone
}

/** Counters, and the columns of tasks that their numbers stand in. */
const COUNTED = [
  ['claim', 'token'],
  ['arrival', 'arrival'],
] as const

interface Link {
  readonly table: string
  readonly column: string
  readonly parent: string
  readonly to: string
}

function linksOf(db: Database): Link[] {
  return db
    .all(
      `SELECT t.name AS "table", f."from" AS "column", f."table" AS parent, f."to" AS "to"
        FROM pragma_table_list t, pragma_foreign_key_list(t.name) f WHERE t.schema = 'main' AND t.type = 'table'`,
    )
    .map((row) => ({
      table: String(row['table']),
      column: String(row['column']),
      parent: String(row['parent']),
      to: String(row['to']),
    }))
}

function continueSequence(db: Database, { name, last }: Sequence): void {
  // Damaged; where the rows come to is known all the same.
  if (typeof name !== 'string' || !isNumberOfRow(last)) return
  const known = db.run('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', last, name)
  if (known === 0) db.run('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', name, last)
}

function isNumberOfRow(last: unknown): last is bigint {
  return typeof last === 'bigint' && last >= 0n && last <= MOST_ROWS
}

/** Numbers go on behind it: a larger one is none that this program gave, and leaves no room for more. */
const MOST_ROWS = BigInt(Number.MAX_SAFE_INTEGER)
