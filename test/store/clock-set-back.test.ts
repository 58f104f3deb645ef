import { beforeEach, describe, expect, it } from 'vitest'
import { newCircuit } from '../../src/domain/circuit.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { readCircuits } from '../../src/store/queries-circuits.ts'
import { readEvents } from '../../src/store/queries-events.ts'
import { checkEpoch, readOwner, takeOwner } from '../../src/store/queries-owner.ts'

const HOUR = 3_600_000
const NOW = 1_700_000_000_000
const LEASE_MS = 30_000

describe('a store whose clock is set back', () => {
  let db: Database
  let epoch: number
  beforeEach(() => {
    db = new Database(':memory:')
    migrate(db, { at: NOW })
    epoch =
      takeOwner(db, { owner: processIdentity(), after: 0, leaseMs: LEASE_MS, passing: false, at: NOW }) ?? 0
    db.run(`INSERT INTO runs (id, title, suites, limits, agent, requirements, state, created_at, updated_at)
      VALUES ('r', 'A plan', '[]', '{}', 'scripted', '[]', 'running', ${NOW}, 1)`)
    const task = `INSERT INTO tasks (run, key, definition, state, state_since, not_before, lease_until, updated_at) VALUES ('r', ?, '{}', ?, 1, ?, ?, 1)`
    db.run(task, 'waits', 'retryable', NOW + 60_000, null)
    db.run(task, 'runs', 'running', null, NOW + 50_000)
    const lost = JSON.stringify({ kind: 'lost', cause: 'provider_limit', detail: '', retryAt: NOW + 60_000 })
    db.run(
      `INSERT INTO attempts (run, task_id, stage, number, generation, worker, kind, outcome, started_at, updated_at)
        SELECT 'r', id, 'red', 1, 1, 'worker_1', 'lost', ?, ?, 1 FROM tasks`,
      lost,
      NOW,
    )
    db.run(
      `INSERT INTO landing_leases (target, holder, token, lease_until, updated_at) VALUES ('main', 'r', 1, ?, 1)`,
      NOW + 40_000,
    )
    const { history } = newCircuit(NOW)
    const circuit = { state: 'open', since: NOW, probeAt: NOW + 30_000, history }
    db.run(
      `INSERT INTO circuits (run, level, identifier, state, state_since, probe_at, details, updated_at) VALUES ('r', 'system', 'system', 'open', ?, ?, ?, 1)`,
      NOW,
      NOW + 30_000,
      JSON.stringify({ version: 2, circuit }),
    )
    db.run(
      `INSERT INTO notifications (run, event, receiver, subject, severity, content, state, due_at, created_at, updated_at)
        VALUES ('r', 1, 'slack', 's', 'info', '{}', 'pending', ?, ?, 1)`,
      NOW + 20_000,
      NOW,
    )
    const memory = { circuit: null, told: null, waiting: { condition: 'c', content: 'c', at: NOW + 20_000 } }
    db.run(
      `INSERT INTO notification_subjects (run, subject, memory, updated_at) VALUES ('r', 's', ?, 1)`,
      JSON.stringify(memory),
    )
  })

  const waits = (now: number): unknown => ({
    tasks: db.all(
      `SELECT key, not_before - ? AS waits FROM tasks WHERE state = 'retryable' ORDER BY key`,
      now,
    ),
    attempts: db.all(`SELECT json_extract(outcome, '$.retryAt') - ? AS waits FROM attempts`, now),
    landing: db.get('SELECT lease_until - ? AS holds FROM landing_leases', now),
    circuit: readCircuits(db, ['r', 'all']).map(({ circuit }) =>
      circuit.state === 'open' ? (circuit.probeAt ?? 0) - now : 0,
    ),
    row: db.get('SELECT probe_at - ? AS waits FROM circuits', now),
    due: db.get('SELECT due_at - ? AS waits FROM notifications', now),
    told: db.get(`SELECT json_extract(memory, '$.waiting.at') - ? AS waits FROM notification_subjects`, now),
  })

  it.each([
    ['by hours', 3 * HOUR],
    ['before all of its times', NOW - 86_400_000],
  ])('lets nothing wait longer than it would have, and tells schedules of it: %s', (_, byMs) => {
    const before = waits(NOW)
    checkEpoch(db, { epoch, leaseMs: LEASE_MS, at: NOW - byMs })
    expect(waits(NOW - byMs)).toEqual(before)
    expect(readOwner(db)?.leaseUntil).toBe(NOW - byMs + LEASE_MS)
    expect(readEvents(db, [{ after: 0, limit: 10 }])).toMatchObject([
      { kind: 'task_given_back', task: 'waits', data: { notBefore: NOW - byMs + 60_000 } },
    ])
  })

  it('is left alone by a step that is too small to matter, and by one forwards', () => {
    for (const byMs of [4_000, -HOUR]) {
      const at = NOW - byMs
      checkEpoch(db, { epoch, leaseMs: LEASE_MS, at })
      expect(db.get(`SELECT not_before AS at FROM tasks WHERE key = 'waits'`)).toEqual({ at: NOW + 60_000 })
      expect(readOwner(db)?.leaseUntil).toBe(at + LEASE_MS)
    }
  })
})
