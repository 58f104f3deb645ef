import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { collectorAt, getMetricsCollector } from '../../src/observe/metrics/collector.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Claim, Store } from '../../src/store/store.ts'
import { ended, newRun, refusal, spendOf, startedId, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

describe('the metrics of a store', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  it('are zeros and UNKNOWN before anything is stored', async () => {
    const told = await collectorAt(path).exportPrometheus()
    expect(told).toContain('tdd_health_status{status="UNKNOWN"} 1')
    expect(told).toContain('tdd_refusals_total{code="flaky"} 0')
    const changes = told.matchAll(/^circuit_breaker_state_changes_total\{level="system",(.*)\} 0$/gm)
    expect([...changes].map(([, labels]) => labels)).toEqual([
      'from="closed",to="open"',
      'from="open",to="closed"',
      'from="open",to="half_open"',
      'from="half_open",to="closed"',
      'from="half_open",to="open"',
    ])
  })

  it('grow with what happens beside the owner, and are the same for whoever asks', async () => {
    const collector = collectorAt(path)
    await collector.exportPrometheus()
    await using store = await storeAt(path)
    const claim = await claimed(store)
    await refusedAttempt(store, claim)
    expect(await valuesOf(collector)).toMatchObject({
      tdd_task_claims_total: 1,
      'tdd_refusals_total tests_failed': 1,
      'tdd_stage_duration_seconds_count green refused': 1,
      'tdd_stage_duration_seconds_sum green refused': 2,
      'circuit_breaker_failures_total stage refused_by_judge': 1,
      'tdd_tasks running': 1,
      tdd_run_live: 1,
      tdd_invocations_total: 3,
    })
    for (let time = 0; time < 2; time += 1) await refusedAttempt(store, claim)
    const later = await valuesOf(collectorAt(path))
    expect(later).toMatchObject({
      'tdd_refusals_total tests_failed': 3,
      'circuit_breaker_state stage A:green': 1,
      'circuit_breaker_state_changes_total stage closed open': 1,
      'tdd_health_status DEGRADED': 1,
      tdd_invocations_total: 9,
    })
    expect(withoutTimes(await valuesOf(collector))).toEqual(withoutTimes(later))
    // A person closes it two seconds after it opened.
    await store.resetCircuit({ run: 'run-1', level: 'stage', identifier: 'A:green' }, 5_000)
    using reader = openReader(path)
    const open = getMetricsCollector({ reader })
    const [told] = await Promise.all([valuesOf(open), open.exportPrometheus(), valuesOf(open)])
    expect(told).toMatchObject({
      'circuit_breaker_recoveries_total stage person': 1,
      'circuit_breaker_recovery_duration_seconds_sum stage': 2,
      'circuit_breaker_state stage A:green': 0,
      'tdd_health_status HEALTHY': 1,
      tdd_task_claims_total: 1,
    })
  })

  it('begin anew where another store takes the place of the one before', async () => {
    const collector = collectorAt(path)
    await (await storeAt(path)).close()
    expect(await valuesOf(collector)).toMatchObject({ 'tdd_tasks available': 1, tdd_event_last_seq: 2 })
    rmSync(path)
    expect(await valuesOf(collector)).toMatchObject({ 'tdd_tasks available': 0, tdd_event_last_seq: 0 })
    await using store = await storeAt(path)
    await claimed(store)
    expect(await valuesOf(collector)).toMatchObject({ 'tdd_run_changes_total started': 1 })
  })

  it('are refused with the reason where the directory is in no repository', async () => {
    await expect(getMetricsCollector(dirname(path)).exportPrometheus()).rejects.toMatchObject({
      code: 'repository_missing',
    })
  })
})

async function storeAt(path: string): Promise<Store> {
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun({ ...newRun('run-1'), tasks: [taskDefinition('A')] }, 1)
  await store.startRun('run-1', { target: 't', base: 'b', workers: 2, circuits: DEFAULT_CIRCUITS }, 2)
  return store
}

async function claimed(store: Store): Promise<Claim> {
  const claim = await store.claim(
    { run: 'run-1', worker: 'worker_1', leaseMs: 1e15, candidates: ['A'] },
    1_000,
  )
  if (claim === null) throw new Error('the task could not be claimed')
  return claim
}

/** Takes two seconds and three agent calls. */
async function refusedAttempt(store: Store, claim: Claim): Promise<void> {
  const started = await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: NO_SPEND }, 1_000)
  const outcome = { kind: 'refused', refusals: [refusal('tests_failed')], base: 'b', tree: null } as const
  const end = { ...ended(outcome), spend: spendOf(3, 10) }
  await store.finishAttempt(claim, startedId(started), end, 3_000)
}

async function valuesOf(collector: ReturnType<typeof collectorAt>): Promise<Record<string, number>> {
  const { metrics } = await collector.exportDocument()
  return Object.fromEntries(
    metrics.flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
    ),
  )
}

/** Ages differ from look to look. */
function withoutTimes(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !/_age_|state_duration/.test(name)))
}
