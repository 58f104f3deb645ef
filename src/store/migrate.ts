import { existsSync, renameSync, rmSync } from 'node:fs'
import type { Database } from './database.ts'
import { MIGRATIONS, type Migration } from './migrations/all.ts'
import { APPLICATION_ID } from './migrations/newest.ts'
import { schemaVersion } from './schema-version.ts'
import { Damaged } from './sqlite-errors.ts'
import { createFile } from './store-file.ts'

/** Refuses a file that lost pages or holds pages that contradict each other. Reads the whole file. */
export function checkPages(db: Database): void {
  const row = db.get('PRAGMA quick_check(1)')
  if (row !== null && row['quick_check'] !== 'ok') throw new Damaged(db.path, String(row['quick_check']))
}

interface MigrateOptions {
  readonly at: number
  readonly migrations?: readonly Migration[]
}

/** Brings the schema up, all of it or nothing. A store that has rows is copied first, beside itself. */
export function migrate(db: Database, { at, migrations = MIGRATIONS }: MigrateOptions): void {
  const before = schemaVersion(db)
  const missing = migrations.filter((migration) => migration.version > before)
  if (missing.length === 0) return
  if (before > 0) backUp(db, before)
  db.transaction(() => {
    if (before === 0) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    for (const migration of missing) {
      db.exec(migration.sql)
      db.run('INSERT INTO schema_version (version, applied_at) VALUES (?, ?)', migration.version, at)
    }
  })
}

/** A backup that is there already is of the same version and older: it is kept. */
function backUp(db: Database, version: number): void {
  const path = `${db.path}.schema-${version}.bak`
  if (existsSync(path)) return
  // What a kill leaves half done is no backup.
  const making = `${path}.making`
  rmSync(making, { force: true })
  createFile(making)
  db.run('VACUUM INTO ?', making)
  renameSync(making, path)
}
