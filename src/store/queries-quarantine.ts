import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { addEvent } from './queries-events.ts'
import { number, text } from './rows.ts'
import type { QuarantinedTest } from './store.ts'

export const QUARANTINE_SQL = {
  add: `INSERT INTO quarantined_tests (file, name, run, task, since, updated_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (file, name) DO NOTHING`,
  all: 'SELECT * FROM quarantined_tests ORDER BY file, name',
  clear: 'DELETE FROM quarantined_tests WHERE file = ? AND name = ?',
} as const

/** Each test that is new there is told by name. */
export function quarantine(db: Database, [{ run, task, tests }, at]: Args<'quarantine'>): void {
  for (const { file, name } of tests) {
    if (db.run(QUARANTINE_SQL.add, file, name, run, task, at, at) === 0) continue
    addEvent(db, { run, kind: 'test_quarantined', task, attempt: null, data: { file, name } }, at)
  }
}

export function readQuarantined(db: Database): Answer<'quarantined'> {
  return db.all(QUARANTINE_SQL.all).map(quarantinedOf)
}

export function clearQuarantine(
  db: Database,
  [which, at]: Args<'clearQuarantine'>,
): Answer<'clearQuarantine'> {
  const { file, name } = which
  const cleared = readQuarantined(db).filter(
    (test) => (file === null || test.file === file) && (name === null || test.name === name),
  )
  for (const test of cleared) {
    db.run(QUARANTINE_SQL.clear, test.file, test.name)
    const data = { file: test.file, name: test.name }
    addEvent(db, { run: test.run, kind: 'quarantine_cleared', task: test.task, attempt: null, data }, at)
  }
  return cleared
}

function quarantinedOf(row: Row): QuarantinedTest {
  return {
    file: text(row, 'file'),
    name: text(row, 'name'),
    run: text(row, 'run'),
    task: text(row, 'task'),
    since: number(row, 'since'),
  }
}
