import { existsSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { DRILL } from '../support/drill.ts'
import { expectWhole, foldLog, letterRuns } from '../support/letter-runs.ts'

describe.runIf(DRILL)('a store of an earlier program with an unfinished run in it', () => {
  it.each(MIGRATIONS.slice(0, -1).map(({ version }) => version))(
    'is brought up from schema %i, with a copy beside it, and its run is resumed to its end',
    async (version) => {
      const runs = await letterRuns(['A'])
      // With an attempt in hand, or a landing.
      const word = version % 2 === 0 ? 'is landing' : 'GREEN'
      const killed = await runs.work([], {
        onProgress: (text, kill) => {
          if (text.includes(word)) kill('SIGKILL')
        },
      })
      expect(killed.signal, killed.stderr).toBe('SIGKILL')
      expect(unfinishedIn(runs.db)).toEqual({ runs: 1, tasks: 1 })
      asWrittenBy(version, runs.db)
      const { code, stderr } = await runs.work(['--resume'])
      expect(code, stderr).toBe(0)
      expect(existsSync(`${runs.db}.schema-${version}.bak`)).toBe(true)
      expectWhole(runs)
    },
  )
})

function unfinishedIn(db: string): unknown {
  using store = new DatabaseSync(db)
  return store
    .prepare(
      `SELECT (SELECT count(*) FROM runs WHERE state = 'running') AS runs,
        (SELECT count(*) FROM tasks WHERE state IN ('running', 'landing')) AS tasks`,
    )
    .get()
}

/** The same rows in a store that the migrations up to a version made: what that version did not know is left out. */
function asWrittenBy(version: number, db: string): void {
  foldLog(db)
  const older = `${db}.older`
  const made = new Database(older)
  migrate(made, { at: 1, migrations: MIGRATIONS.slice(0, version) })
  made.exec('PRAGMA foreign_keys = OFF')
  made.run('ATTACH ? AS newer', db)
  const tables = made.all(
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT IN ('schema_version', 'sqlite_sequence')`,
  )
  for (const { name } of tables) {
    const columns = (schema: string): string[] =>
      made
        .all(`SELECT name FROM pragma_table_info(?, ?)`, String(name), schema)
        .map((row) => `"${String(row['name'])}"`)
    const known = new Set(columns('newer'))
    if (known.size === 0) continue
    const own = columns('main').filter((column) => known.has(column))
    const plan = name === 'runs' && version === 1
    const [into, from] = plan
      ? [`${own.join()}, plan_text`, `${own.join()}, (SELECT text FROM newer.plans p WHERE p.run = r.id)`]
      : [own.join(), own.join()]
    made.exec(`INSERT INTO main."${String(name)}" (${into}) SELECT ${from} FROM newer."${String(name)}" r`)
  }
  made.close()
  for (const ending of ['', '-wal', '-shm']) rmSync(db + ending, { force: true })
  renameSync(older, db)
}
