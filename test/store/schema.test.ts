import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { newCircuit } from '../../src/domain/circuit.ts'
import { readStatus } from '../../src/observe/status.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { CASCADE_SQL } from '../../src/store/cascades.ts'
import { SET_BACK_SQL } from '../../src/store/clock-set-back.ts'
import { Database } from '../../src/store/database.ts'
import { LOCK_SQL } from '../../src/store/held-locks.ts'
import { migrate } from '../../src/store/migrate.ts'
import { schemaVersion } from '../../src/store/schema-version.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { NEWEST_VERSION } from '../../src/store/migrations/newest.ts'
import { ATTEMPT_SQL } from '../../src/store/queries-attempts.ts'
import { BUDGET_SQL } from '../../src/store/queries-budgets.ts'
import { CIRCUIT_SQL, readCircuits } from '../../src/store/queries-circuits.ts'
import { CLAIM_SQL } from '../../src/store/queries-claims.ts'
import { EVENT_SQL } from '../../src/store/queries-events.ts'
import { EVIDENCE_SQL } from '../../src/store/queries-evidence.ts'
import { FORECAST_SQL } from '../../src/store/queries-forecast.ts'
import { HISTORY_SQL } from '../../src/store/queries-history.ts'
import { LANDING_SQL } from '../../src/store/queries-landing.ts'
import { LANDING_LEASE_SQL } from '../../src/store/queries-landing-lease.ts'
import { MODEL_SQL } from '../../src/store/queries-models.ts'
import { NOTIFICATION_SQL } from '../../src/store/queries-notifications.ts'
import { OWNER_SQL } from '../../src/store/queries-owner.ts'
import { APPROVAL_SQL } from '../../src/store/queries-approvals.ts'
import { HOLD_SQL } from '../../src/store/queries-holds.ts'
import { PEOPLE_SQL } from '../../src/store/queries-people.ts'
import { PLAN_SQL } from '../../src/store/queries-plan.ts'
import { PROMPT_SQL } from '../../src/store/queries-prompts.ts'
import { QUARANTINE_SQL } from '../../src/store/queries-quarantine.ts'
import { REQUEST_SQL } from '../../src/store/queries-requests.ts'
import { RESOURCE_SQL } from '../../src/store/queries-resources.ts'
import { RETENTION_SQL } from '../../src/store/queries-retention.ts'
import { RUN_SQL } from '../../src/store/queries-runs.ts'
import { AMOUNT_SQL } from '../../src/store/queries-spend.ts'
import { TASK_SQL } from '../../src/store/queries-tasks.ts'
import { TRANSCRIPT_SQL } from '../../src/store/queries-transcripts.ts'
import { WORKER_SQL } from '../../src/store/queries-workers.ts'
import { METRIC_SQL } from '../../src/store/metric-queries.ts'
import { openReader } from '../../src/store/reader.ts'
import { READ_SQL } from '../../src/store/read-queries.ts'
import { schemaText } from '../../scripts/schema-text.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { SCHEDULE_SQL } from '../../src/store/queries-schedule.ts'
import { TASK_ROW_SQL } from '../../src/store/task-rows.ts'
import { overwrite } from '../support/damage.ts'
import { newRun } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const QUERIES = {
  ...named('attempt', ATTEMPT_SQL),
  ...named('amount', AMOUNT_SQL),
  ...named('budget', BUDGET_SQL),
  ...named('cascade', CASCADE_SQL),
  ...named('circuit', CIRCUIT_SQL),
  ...named('claim', CLAIM_SQL),
  ...named('event', EVENT_SQL),
  ...named('evidence', EVIDENCE_SQL),
  ...named('forecast', FORECAST_SQL),
  ...named('history', HISTORY_SQL),
  ...named('landing', LANDING_SQL),
  ...named('landingLease', LANDING_LEASE_SQL),
  ...named('lock', LOCK_SQL),
  ...named('notification', NOTIFICATION_SQL),
  ...named('metric', METRIC_SQL),
  ...named('model', MODEL_SQL),
  ...named('owner', OWNER_SQL),
  ...named('approval', APPROVAL_SQL),
  ...named('hold', HOLD_SQL),
  ...named('people', PEOPLE_SQL),
  ...named('plan', PLAN_SQL),
  ...named('prompt', PROMPT_SQL),
  ...named('quarantine', QUARANTINE_SQL),
  ...named('read', READ_SQL),
  ...named('request', REQUEST_SQL),
  ...named('resource', RESOURCE_SQL),
  ...named('retention', RETENTION_SQL),
  ...named('run', RUN_SQL),
  ...named('schedule', SCHEDULE_SQL),
  ...named('task', TASK_SQL),
  ...named('setBack', SET_BACK_SQL),
  ...named('taskRow', TASK_ROW_SQL),
  ...named('transcript', TRANSCRIPT_SQL),
  ...named('worker', WORKER_SQL),
}

/**
 * Tables of a few rows or of one or two a run, and walks in order of the row number that stop at the first match. What
 * keeps prompts within their bounds, once a day, walks no more than these let stand. A clock is hardly ever set back.
 */
const MAY_SCAN = new Set([
  'run.current',
  'run.unfinished',
  'run.planned',
  'event.last',
  'forecast.agent',
  'request.open',
  'request.hasOpen',
  'quarantine.all',
  'metric.newest',
  'metric.requests',
  'metric.runs',
  'metric.spend',
  'transcript.forget',
  'prompt.forgetOld',
  'prompt.forgetMuch',
  'setBack.landing',
  'setBack.circuits',
  'setBack.told',
  'setBack.telling',
  'setBack.due',
])

/** As circuits were kept before they knew which tasks failed. */
const CIRCUIT_OF_VERSION_1 = {
  state: 'closed',
  since: 5,
  failures: 2,
  window: { slices: [{ at: 5, failures: 2, successes: 0, sources: ['worker_1'] }] },
  history: { trips: 0, extensions: 0, changes: [], flapping: false, cause: null },
}

describe('the schema', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  const open = (): Promise<Store> => openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  const fill = async (): Promise<void> => {
    const store = await open()
    await store.createRun(newRun('run-1'), 1)
    await store.append([{ run: 'run-1', kind: 'budget_warning', task: null, attempt: null, data: {} }], 1)
    await store.close()
  }

  it('has one migration for each version up to the newest', () => {
    const versions = Array.from({ length: NEWEST_VERSION }, (_, place) => place + 1)
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(versions)
  })

  it('is shown whole in schema/schema.sql (node scripts/schema.ts writes it)', () => {
    expect(readFileSync(new URL('../../schema/schema.sql', import.meta.url), 'utf8')).toBe(schemaText())
  })

  it('reads no growing table from end to end in any statement', () => {
    using db = migrated(':memory:')
    const scans = Object.entries(QUERIES)
      .filter(([name]) => !MAY_SCAN.has(name))
      .flatMap(([name, sql]) =>
        db.db.all(`EXPLAIN QUERY PLAN ${sql}`).flatMap((row) => {
          const detail = String(row['detail'])
          return /^SCAN (?!\(|CONSTANT ROW|json_each )/.test(detail) ? [`${name}: ${detail}`] : []
        }),
      )
    expect(scans).toEqual([])
  })

  it('has every view', () => {
    using db = migrated(':memory:')
    for (const view of [
      'ready_tasks',
      'stale_claims',
      'open_circuits',
      'circuit_health_summary',
      'current_run',
      'flapping_circuits',
      'circuit_breaker_status',
      'time_to_recovery',
      'notification_history',
      'worker_stats',
      'spend',
    ]) {
      expect(db.db.all(`SELECT * FROM v_${view}`)).toEqual([])
    }
  })

  it('counts the version of a row with each change and notes when', async () => {
    await fill()
    using db = opened(path)
    const before = db.db.get('SELECT version, updated_at FROM runs')
    db.db.run(`UPDATE runs SET reason = 'x'`)
    const after = db.db.get('SELECT version, updated_at FROM runs')
    expect(after?.['version']).toBe(Number(before?.['version']) + 1)
    expect(Number(after?.['updated_at'])).toBeGreaterThan(1_600_000_000_000)
  })

  it.each(['events', 'circuit_events'])('lets nobody change or delete what %s says', async (table) => {
    await fill()
    using db = opened(path)
    db.db.run(
      `INSERT INTO circuit_events (at, run, level, identifier, kind, data) VALUES (1, 'r', 'system', 'system', 'manual_reset', '{}')`,
    )
    expect(() => db.db.run(`UPDATE ${table} SET at = 0`)).toThrow('append-only')
    expect(() => db.db.run(`DELETE FROM ${table}`)).toThrow('append-only')
    expect(db.db.all(`SELECT * FROM ${table}`)).toHaveLength(1)
  })

  it('refuses a store of a newer program and leaves it as it is', async () => {
    await fill()
    using db = opened(path)
    db.db.run('INSERT INTO schema_version (version, applied_at) VALUES (99, 1)')
    db.db.close()
    const before = readFileSync(path)
    await expect(open()).rejects.toMatchObject({
      code: 'store_newer',
      message: expect.stringContaining('99'),
    })
    expect(() => openReader(path)).toThrow(expect.objectContaining({ code: 'store_newer' }))
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('brings an older store up, with a copy of the old one beside it', async () => {
    await fill()
    using db = opened(path)
    const next = { version: MIGRATIONS.length + 1, sql: 'ALTER TABLE runs ADD COLUMN colour TEXT;' }
    migrate(db.db, { at: 2, migrations: [...MIGRATIONS, next] })
    expect(db.db.all('SELECT id, colour FROM runs')).toMatchObject([{ id: 'run-1', colour: null }])
    const copy = `${path}.schema-${MIGRATIONS.length}.bak`
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    using backup = opened(copy)
    expect(schemaVersion(backup.db)).toBe(MIGRATIONS.length)
    expect(backup.db.all('SELECT id FROM runs')).toMatchObject([{ id: 'run-1' }])
  })

  it('keeps the plan of a run when it is brought up from the first schema', () => {
    using db = opened(path)
    const [first, ...later] = MIGRATIONS
    if (first === undefined) throw new Error('there is no first migration')
    migrate(db.db, { at: 1, migrations: [first] })
    db.db.run(`INSERT INTO runs (id, title, suites, limits, agent, requirements, plan_text, state, created_at, updated_at)
      VALUES ('run-1', 'A plan', '[]', '{}', 'scripted', '[]', 'the plan', 'planned', 7, 7)`)
    migrate(db.db, { at: 2, migrations: [first, ...later] })
    expect(db.db.all('SELECT run, text, at FROM plans')).toMatchObject([
      { run: 'run-1', text: 'the plan', at: 7 },
    ])
  })

  it('keeps the quarantined tests of a store from before there was a table of them', () => {
    using db = opened(path)
    const [first, ...later] = MIGRATIONS
    if (first === undefined) throw new Error('there is no first migration')
    migrate(db.db, { at: 1, migrations: [first] })
    const key = `quarantined:run1:${JSON.stringify(['test/a.test.js', 'says "a: b"'])}`
    db.db.run('INSERT INTO evidence (key, value, kept_at) VALUES (?, ?, ?)', key, 'TASK-1', 5)
    migrate(db.db, { at: 2, migrations: [first, ...later] })
    expect(db.db.all('SELECT file, name, run, task, since FROM quarantined_tests')).toMatchObject([
      { file: 'test/a.test.js', name: 'says "a: b"', run: 'run1', task: 'TASK-1', since: 5 },
    ])
    expect(db.db.all('SELECT key FROM evidence')).toEqual([])
  })

  it('keeps what happened to circuits before they had rules, and reads none of a version that it does not know', () => {
    using db = opened(path)
    const [first, second, third, ...later] = MIGRATIONS
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('too few migrations')
    migrate(db.db, { at: 1, migrations: [first, second, third] })
    const event = `INSERT INTO circuit_events (at, run, level, identifier, kind, data) VALUES (7, 'r', 'worker', 'worker_1', 'state_change', '{}')`
    db.db.run(event)
    const circuit = `INSERT INTO circuits (run, level, identifier, state, state_since, details, updated_at) VALUES ('r', 'worker', ?, 'closed', 1, ?, 1)`
    db.db.run(circuit, 'worker_1', JSON.stringify({ version: 1, circuit: CIRCUIT_OF_VERSION_1 }))
    using reader = openReader(path)
    const options = reader?.circuitOptions({ run: 'r', level: 'worker', options: null })
    expect(options).toEqual(DEFAULT_CIRCUITS.worker)
    migrate(db.db, { at: 2, migrations: [first, second, third, ...later] })
    expect(db.db.all('SELECT at, identifier FROM circuit_events')).toMatchObject([
      { at: 7, identifier: 'worker_1' },
    ])
    expect(() => db.db.run('DELETE FROM circuit_events')).toThrow('append-only')
    const counted = { ...newCircuit(5), failures: 2 }
    expect(readCircuits(db.db, ['r'])).toMatchObject([{ identifier: 'worker_1', circuit: counted }])
    db.db.run(circuit, 'worker_2', JSON.stringify({ version: 3, circuit: newCircuit(5) }))
    expect(() => readCircuits(db.db, ['r'])).toThrow(expect.objectContaining({ code: 'store_newer' }))
  })

  it.each(MIGRATIONS.map(({ version }) => version))(
    'tells what status does of an unfinished run in a store of schema %i, which nobody brought up yet',
    (version) => {
      using db = opened(path)
      migrate(db.db, { at: 1, migrations: MIGRATIONS.slice(0, version) })
      const ofFirst = version === 1 ? ', plan_text' : ''
      const plan = version === 1 ? ", 'the plan'" : ''
      db.db.run(`INSERT INTO runs (id, title, suites, limits, agent, requirements, state, started_at, created_at, updated_at${ofFirst})
        VALUES ('run-1', 'A plan', '[]', '{}', 'scripted', '[]', 'paused', 7, 7, 7${plan})`)
      db.db.run(`INSERT INTO tasks (run, key, definition, state, state_since, updated_at)
        VALUES ('run-1', 'A', '{"key":"A","title":"A","dependsOn":[]}', 'available', 7, 7)`)
      if (version >= 14) db.db.run("UPDATE tasks SET kind = 'implement', complexity = 'low'")
      using reader = openReader(path)
      const { run, tasks } = readStatus(reader, 8)
      expect(run).toMatchObject({ id: 'run-1', state: 'paused' })
      expect(tasks).toMatchObject({ total: 1, pending: 1 })
    },
  )

  it('undoes a migration that fails half way', async () => {
    await fill()
    using db = opened(path)
    const bad = {
      version: MIGRATIONS.length + 1,
      sql: 'ALTER TABLE runs ADD COLUMN colour TEXT; CREATE TABLE runs (x);',
    }
    expect(() => migrate(db.db, { at: 2, migrations: [...MIGRATIONS, bad] })).toThrow()
    expect(schemaVersion(db.db)).toBe(MIGRATIONS.length)
    expect(() => db.db.all('SELECT colour FROM runs')).toThrow('colour')
  })

  it.each([
    [
      'is no database',
      (file: string) =>
        writeFileSync(file, 'a text of somebody, longer than the header of a database. '.repeat(20)),
    ],
    ['was cut off', (file: string) => truncateSync(file, 40_000)],
    ['lost a page', (file: string) => overwrite(file, 8_192, 4_096)],
  ])('refuses a file that %s and leaves it as it is', async (_, damage) => {
    await fill()
    damage(path)
    const before = join(dirname(path), 'before')
    copyFileSync(path, before)
    await expect(open()).rejects.toMatchObject({ code: 'store_corrupt' })
    expect(readFileSync(path).equals(readFileSync(before))).toBe(true)
  })

  it.each([
    ['a part of the file', (file: string) => overwrite(file, 40_960, 40_960)],
    ['its log', (file: string) => overwrite(`${file}-wal`, 32 + 3 * 4_120, 4_096)],
  ] as const)(
    'saves what a killed owner left beside it where %s is destroyed, and leaves file and log as they are',
    async (_, damage) => {
      await fill()
      const dead = { ...processIdentity(), processStart: '1' }
      const store = await openSqliteStore({ path, clock: systemClock, owner: dead })
      for (let at = 0; at < 10; at += 1)
        await store.append(
          [{ run: 'run-1', kind: 'budget_warning', task: null, attempt: null, data: {} }],
          at,
        )
      for (const ending of ['', '-wal']) copyFileSync(path + ending, `${path}.killed${ending}`)
      await store.close()
      path = `${path}.killed`
      damage(path)
      const before = ['', '-wal'].map((ending) => readFileSync(path + ending))
      const refused = await open().catch((thrown: unknown) => thrown)
      expect(refused).toMatchObject({ code: 'store_corrupt' })
      expect(['', '-wal'].map((ending) => readFileSync(path + ending))).toEqual(before)
      const { hint } = refused as { hint: string }
      const saved = readdirSync(dirname(path)).find((name) => name.includes('.salvaged-'))
      expect(hint).toContain(`is saved in ${dirname(path)}/${saved}`)
    },
  )

  it('makes no file where somebody only wants to read', () => {
    expect(openReader(path)).toBeNull()
    expect(existsSync(path)).toBe(false)
  })
})

function named(noun: string, queries: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(queries).map(([name, sql]) => [`${noun}.${name}`, sql]))
}

interface OpenDatabase extends Disposable {
  readonly db: Database
}

function opened(path: string): OpenDatabase {
  const db = new Database(path)
  return { db, [Symbol.dispose]: () => db.close() }
}

function migrated(path: string): OpenDatabase {
  const result = opened(path)
  migrate(result.db, { at: 0 })
  return result
}
