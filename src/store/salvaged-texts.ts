import { DatabaseSync } from 'node:sqlite'
import { type Entry, knownSchema } from './known-schema.ts'
import { MIGRATIONS } from './migrations/all.ts'
import { versionIn } from './prepared.ts'

/**
 * Puts back what the list of tables of a damaged copy says of each of them: where a letter of it is overwritten, a column
 * has another name, and what stands in it would be left out. The same table has the same text in all stores of a schema.
 */
export function giveKnownTexts(copy: string): void {
  // By this table the schema is told, and its own text is the same in all of them.
  giveTexts(
    copy,
    knownSchema(1).filter(({ name }) => name === 'schema_version'),
  )
  const found = versionOfCopy(copy)
  const version = MIGRATIONS.find((migration) => migration.version === found)?.version
  if (version !== undefined) giveTexts(copy, knownSchema(version))
}

function giveTexts(copy: string, entries: readonly Entry[]): void {
  using db = new DatabaseSync(copy, { defensive: false })
  db.exec('PRAGMA writable_schema = ON')
  const give = db.prepare(
    `UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ? AND sql IS NOT ?`,
  )
  for (const { type, name, sql } of entries) if (type === 'table') give.run(sql, name, sql)
}

function versionOfCopy(copy: string): number | null {
  using db = new DatabaseSync(copy)
  db.exec('PRAGMA writable_schema = ON')
  return versionIn(db)
}
