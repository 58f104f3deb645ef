import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { Database } from '../../src/store/database.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Claim, Store } from '../../src/store/store.ts'
import { addedPlan, ended, newRun, spendOf, startedId, taskDefinition } from '../support/store-data.ts'

describe('the views', () => {
  let directory: string
  let store: Store
  let db: Database
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'store-'))
    const path = join(directory, 'store.db')
    store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    await store.createRun(newRun('r'), 1)
    await store.addTasks(
      'r',
      addedPlan(taskDefinition('A'), taskDefinition('B'), taskDefinition('C', { dependsOn: ['A'] })),
      1,
    )
    await store.startRun('r', { target: 't', base: 'b', workers: 1 }, 1)
    db = new Database(path, { readOnly: true })
  })
  afterEach(async () => {
    db.close()
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const claimA = async (at: number): Promise<Claim> => {
    const claim = await store.claim({ run: 'r', worker: 'worker_1', leaseMs: 1_000, candidates: ['A'] }, at)
    return claim ?? expect.unreachable('A can be claimed')
  }

  it('show what can be claimed, and claims whose worker is silent', async () => {
    const ready = (): unknown[] =>
      db.all('SELECT key FROM v_ready_tasks ORDER BY key').map((row) => row['key'])
    expect(ready()).toEqual(['A', 'B'])
    const claim = await claimA(10)
    expect(ready()).toEqual(['B'])
    expect(db.all('SELECT key, claimed_by, token FROM v_stale_claims')).toMatchObject([
      { key: 'A', claimed_by: 'worker_1', token: claim.token },
    ])
    await store.giveBack(claim, { notBefore: systemClock.now() + 60_000, reason: 'later' }, 11)
    expect(ready()).toEqual(['B'])
  })

  it('sum what the store counts, from the rows themselves', async () => {
    const claim = await claimA(10)
    for (const tokens of [7, 30]) {
      const attempt = await store.startAttempt(
        claim,
        { stage: 'red', agent: 's', reserved: spendOf(1, 99) },
        11,
      )
      const end = {
        ...ended({ kind: 'dispute_rejected' }),
        spend: spendOf(1, tokens),
        agentMs: 5,
        verifyMs: 1,
      }
      await store.finishAttempt(claim, startedId(attempt), end, 12)
    }
    await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: spendOf(1, 100) }, 13)
    await store.rescue('r', 14, { all: true })
    const total = await store.spend('r')
    expect(total).toMatchObject({ ...spendOf(3, 137), attempts: 3, estimated: spendOf(1, 100) })
    expect(db.get('SELECT * FROM v_spend')).toMatchObject({
      attempts: total.attempts,
      invocations: total.invocations,
      input_tokens: total.inputTokens,
      output_tokens: total.outputTokens,
      cost_usd: total.costUsd,
      estimated_attempts: 1,
      agent_ms: total.agentMs,
    })
    expect(db.get('SELECT * FROM v_worker_stats')).toMatchObject({
      worker: 'worker_1',
      attempts: 3,
      lost: 1,
      tasks: 1,
    })
  })

  it('tell what became of each notification, for a month', async () => {
    const day = 86_400_000
    const needsHuman = { run: 'r', kind: 'task_needs_human', task: 'A', attempt: null } as const
    const rules = { receivers: ['slack'], throttleMs: 300_000 } as const
    await store.beginNotifications(['slack'], 1)
    for (const reason of ['one', 'one', 'two']) await store.append([{ ...needsHuman, data: { reason } }], 10)
    await store.queueNotifications(rules, 10)
    await store.takeMessage({ receiver: 'slack', id: 'm1', early: true }, 10)
    await store.settleMessage('m1', { kind: 'given_up', error: 'it answered 404' }, 11)
    const history = (): unknown[] =>
      db.all('SELECT title, why, state, reason, last_error FROM v_notification_history')
    const title = 'A needs you'
    const given_up = { title, state: 'given_up', reason: null, last_error: 'it answered 404' }
    expect(history()).toMatchObject([
      { ...given_up, why: 'one' },
      { title, why: 'one', state: 'suppressed', reason: 'repeated', last_error: null },
      { ...given_up, why: 'two' },
    ])
    await store.beginNotifications(['slack'], 10 + 30 * day)
    expect(history()).toHaveLength(3)
    await store.beginNotifications(['slack'], 11 + 30 * day)
    expect(history()).toEqual([])
  })
})
