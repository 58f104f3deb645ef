import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { schemaVersion } from '../../src/store/schema-version.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { salvage } from '../../src/store/salvage.ts'
import { salvageHint } from '../../src/store/salvage-text.ts'
import { savedBeside } from '../../src/store/store-file.ts'
import { overwrite, PAGE, placeOf } from '../support/damage.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const EVENTS = 2_000
const TASKS = 40

describe('what is saved of a damaged store', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  it('is all of it where only its head is destroyed, or its whole first page', () => {
    for (const bytes of [100, PAGE]) {
      fill(path)
      overwrite(path, 0, bytes)
      const saved = salvage(path, 1)
      expect(saved?.read).toMatchObject({ missing: [] })
      expect(countsIn(saved?.path)).toEqual({ events: EVENTS, tasks: TASKS, dependencies: TASKS - 1 })
    }
  })

  it('is all of it where a page of the list of its tables is destroyed, whichever', () => {
    fill(path)
    const whole = readFileSync(path)
    const places = [0, 1, 2, 3, 4, 5].map((nth) => placeOf(path, 'sqlite_schema', nth))
    for (const place of places) {
      writeFileSync(path, whole)
      overwrite(path, place, PAGE)
      const saved = salvage(path, 1)
      expect(saved?.read).toMatchObject({ missing: [] })
      expect(countsIn(saved?.path)).toEqual({ events: EVENTS, tasks: TASKS, dependencies: TASKS - 1 })
    }
  })

  it.each([14, 10, 6, 2])(
    'is all of it where the first page of a store of an earlier schema is destroyed, alone or with one of that list: %i',
    (version) => {
      fill(path, MIGRATIONS.slice(0, version))
      const whole = readFileSync(path)
      const others = [1, 2, 3].map((nth) => placeOf(path, 'sqlite_schema', nth))
      for (const place of [0, ...others]) {
        writeFileSync(path, whole)
        overwrite(path, 0, PAGE)
        overwrite(path, place, PAGE)
        const saved = salvage(path, 1)
        expect(saved?.read).toMatchObject({ missing: [] })
        expect(countsIn(saved?.path)).toEqual({ events: EVENTS, tasks: TASKS, dependencies: TASKS - 1 })
      }
    },
  )

  it('is what the tables of the schema that it began with hold, where it was brought up since', () => {
    fill(path, MIGRATIONS.slice(0, 6))
    const db = new Database(path)
    migrate(db, { at: 2 })
    db.close()
    overwrite(path, 0, PAGE)
    expect(countsIn(salvage(path, 1)?.path)).toEqual({
      events: EVENTS,
      tasks: TASKS,
      dependencies: TASKS - 1,
    })
  })

  it('leaves out rows that nobody can read, and counts them as missing', () => {
    for (const byte of [0xa5, 0]) {
      fill(path)
      // Within a page, behind its head: the rows that it lists are still found there.
      overwrite(path, placeOf(path, 'tasks', 0) + 3_000, 300, byte)
      const saved = salvage(path, 1)
      expect(saved?.read?.missing.map(({ table }) => table)).toContain('tasks')
      using db = opened(saved?.path)
      const definitions = db.db.all('SELECT definition FROM tasks').map((row) => String(row['definition']))
      expect(definitions.length).toBeGreaterThan(TASKS / 2)
      expect(definitions.every((text) => JSON.parse(text) !== null)).toBe(true)
    }
  })

  it('is every row outside of a page that is overwritten, and what is missing is said', () => {
    fill(path)
    overwrite(path, placeOf(path, 'events', 1), PAGE)
    const before = readFileSync(path)
    const saved = salvage(path, 1)
    const [missing, ...others] = saved?.read?.missing ?? []
    expect(others).toEqual([])
    expect(missing).toMatchObject({ table: 'events' })
    const { events, ...rest } = countsIn(saved?.path)
    expect(EVENTS - events).toBe(missing?.rows)
    expect(events).toBeGreaterThan(EVENTS * 0.9)
    expect(rest).toEqual({ tasks: TASKS, dependencies: TASKS - 1 })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('is the rest of a file that was cut off', () => {
    fill(path)
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, whole.length * 0.7))
    const saved = salvage(path, 1)
    expect(saved?.read?.missing.map(({ table }) => table)).toContain('events')
    expect(countsIn(saved?.path).events).toBeGreaterThan(0)
  })

  it('belongs together: what refers to missing rows is left out, and numbers that only grow go on', () => {
    fill(path)
    overwrite(path, placeOf(path, 'tasks', 0), PAGE)
    const saved = salvage(path, 1)
    using db = opened(saved?.path)
    expect(db.db.all('PRAGMA foreign_key_check')).toEqual([])
    const { tasks } = countsIn(saved?.path)
    expect(tasks).toBeLessThan(TASKS)
    expect(db.db.get('SELECT seq FROM sqlite_sequence WHERE name = ?', 'events')).toEqual({ seq: EVENTS })
    const highest = db.db.get('SELECT max(token) AS value FROM tasks')
    expect(
      Number(db.db.get(`SELECT value FROM counters WHERE name = 'claim'`)?.['value']),
    ).toBeGreaterThanOrEqual(Number(highest?.['value']))
    expect(db.db.get('SELECT 1 FROM owner')).toBeNull()
  })

  it.each([
    ['no number', 'garbage'],
    ['too large', 9_007_199_254_740_993n],
    ['below all', -1],
    ['nothing', null],
  ])('goes on behind the rows that are there where a number that only grows is damaged: %s', (_, seq) => {
    fill(path)
    {
      using db = new DatabaseSync(path)
      db.prepare(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'events'`).run(seq)
    }
    using db = opened(salvage(path, 1)?.path)
    expect(db.db.get('SELECT seq FROM sqlite_sequence WHERE name = ?', 'events')).toEqual({ seq: EVENTS })
  })

  it('has the schema of the damaged one', () => {
    fill(path, MIGRATIONS.slice(0, 6))
    overwrite(path, placeOf(path, 'events', 1), PAGE)
    using db = opened(salvage(path, 1)?.path)
    expect(schemaVersion(db.db)).toBe(6)
  })

  it('is said with a command that can be entered, whatever the path', () => {
    const spaced = join(dirname(path), "somebody's store.db")
    fill(spaced)
    overwrite(spaced, placeOf(spaced, 'events', 1), PAGE)
    const hint = salvageHint(spaced, 'pages', 1)
    const word = /TDD_DB=(.+) orchestrator status/.exec(hint)?.[1] ?? ''
    const [saved = ''] = savedBeside(spaced)
    expect(execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' })).toBe(saved)
  })

  it('is saved once for each state of the file, and said with the way on', () => {
    fill(path)
    overwrite(path, placeOf(path, 'events', 1), PAGE)
    const hint = salvageHint(path, 'pages', 1)
    const saved = besides(path)
    expect(saved).toHaveLength(1)
    expect(hint).toMatch(/is saved in \S+\.salvaged-[0-9a-f]{8}: missing are up to \d+ of events\./)
    expect(hint).toContain('orchestrator run --resume')
    writeFileSync(`${dirname(path)}/${saved[0]}`, 'somebody works with it')
    expect(salvageHint(path, 'pages', 2)).toContain('before')
    expect(readFileSync(`${dirname(path)}/${saved[0]}`, 'utf8')).toBe('somebody works with it')
  })

  it('is for its user alone', () => {
    fill(path)
    overwrite(path, 0, 100)
    expect(statSync(salvage(path, 1)?.path ?? '').mode & 0o777).toBe(0o600)
  })

  it('is nothing where there was no store', () => {
    writeFileSync(path, 'a text of somebody, longer than the head of a database. '.repeat(200))
    expect(salvageHint(path, 'pages', 1)).toContain('Nothing of a store could be read')
    expect(besides(path)).toEqual([])
  })
})

function fill(path: string, migrations = MIGRATIONS): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
  const db = new Database(path)
  db.exec('PRAGMA journal_mode = WAL')
  migrate(db, { at: 1, migrations })
  db.transaction(() => {
    db.run(`INSERT INTO runs (id, title, suites, limits, agent, requirements, state, created_at, updated_at)
      VALUES ('r', 'A plan', '[]', '{}', 'scripted', '[]', 'running', 1, 1)`)
    for (let n = 1; n <= TASKS; n += 1) {
      db.run(
        `INSERT INTO tasks (run, key, definition, state, state_since, token, updated_at) VALUES ('r', ?, ?, 'running', 1, ?, 1)`,
        `T-${n}`,
        JSON.stringify({ key: `T-${n}`, goal: 'x'.repeat(680) }),
        n,
      )
      if (n > 1) db.run('INSERT INTO dependencies (task_id, depends_on) VALUES (?, ?)', n, n - 1)
    }
    for (let n = 1; n <= EVENTS; n += 1)
      db.run(
        `INSERT INTO events (at, run, kind, data) VALUES (?, 'r', 'task_claimed', ?)`,
        n,
        JSON.stringify({ x: 'x'.repeat(92) }),
      )
    db.run(`INSERT INTO owner VALUES (1, 'here', '', 1, '', 1, 1, 1, 0)`)
  })
  db.close()
}

function countsIn(path: string | undefined): Record<'events' | 'tasks' | 'dependencies', number> {
  using db = opened(path)
  const count = (table: string): number => Number(db.db.get(`SELECT count(*) AS n FROM ${table}`)?.['n'])
  return { events: count('events'), tasks: count('tasks'), dependencies: count('dependencies') }
}

function besides(path: string): string[] {
  const saved = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.salvag`))
  return saved
}

function opened(path: string | undefined): Disposable & { readonly db: Database } {
  if (path === undefined || !existsSync(path)) throw new Error('nothing was saved')
  const db = new Database(path)
  return { db, [Symbol.dispose]: () => db.close() }
}
