import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pruneDaily } from '../../src/engine/retention.ts'
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'

const DAY_MS = 86_400_000
const START = 1_000 * DAY_MS

describe('what is kept', () => {
  let directory: string
  let store: Store
  let db: DatabaseSync
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'retention-'))
    const path = join(directory, 'store.db')
    store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    db = new DatabaseSync(path)
  })
  afterAll(async () => {
    db.close()
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const happened = (at: number, times = 1): void => {
    const insert = db.prepare(`INSERT INTO circuit_events (at, run, level, identifier, kind, data)
      VALUES (?, 'run-1', 'system', 'system', 'manual_reset', '{}')`)
    db.exec('BEGIN')
    for (let time = 0; time < times; time += 1) insert.run(at)
    db.exec('COMMIT')
  }
  const kept = () =>
    db
      .prepare('SELECT DISTINCT at FROM circuit_events ORDER BY at')
      .all()
      .map(({ at }) => at)

  it('is let go of in parts', async () => {
    happened(1, 5)
    expect(await store.prune(2, 3)).toBe(3)
    expect(await store.prune(2, 3)).toBe(2)
    expect(await store.prune(2, 3)).toBe(0)
  })

  it('goes each day that a run is worked, by its clock, and whatever one day brought', async () => {
    const dayOf = (days: number): number => START + days * DAY_MS
    happened(dayOf(0.5), 2_500)
    for (const days of [1.5, 2.5]) happened(dayOf(days))
    const end = new AbortController()
    let days = 10
    const clock: Clock = {
      ...systemClock,
      now: () => dayOf(days),
      sleep: (ms) => {
        expect(ms).toBe(DAY_MS)
        days += 1
        if (days === 13) end.abort()
        return Promise.resolve()
      },
    }
    const faults: unknown[] = []
    const parts = {
      store,
      transcripts: { prune: () => Promise.resolve() },
      clock,
      settings: { auditMs: 10 * DAY_MS },
      report: (fault: unknown) => faults.push(fault),
    }
    await pruneDaily(parts, end.signal)
    expect({ kept: kept(), faults }).toEqual({ kept: [dayOf(2.5)], faults: [] })
  })

  it('is a thousand answered requests, and those that somebody may still wait for', async () => {
    const handIn = db.prepare(
      `INSERT INTO requests (at, expires_at, body, answer, answered_at, updated_at) VALUES (1, ?, '{"kind":"stop","now":false}', ?, ?, 1)`,
    )
    db.exec('BEGIN')
    for (let number = 1; number <= 1_100; number += 1) handIn.run(number === 7 ? 1_000 : 10, '{"ok":true}', 5)
    for (let number = 1; number <= 20; number += 1) handIn.run(1_000, null, null)
    db.exec('COMMIT')
    for (const { id } of await store.openRequests())
      await store.answerRequest(id, { ok: true, value: true }, 100)
    const [row] = db.prepare('SELECT count(*) AS count, min(id) AS first FROM requests').all()
    expect(row).toEqual({ count: 1_001, first: 7 })
  })
})
