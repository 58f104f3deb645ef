import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { answerOpenRequests } from '../../src/store/requests.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { type CliSample, cliSample, expectError, storeOf } from '../support/cli-sample.ts'
import { ended, newRun, refusal, startedId, taskDefinition } from '../support/store-data.ts'

describe('the commands of circuits', () => {
  it('say that nothing is known before there is a plan, and then that all is well', async () => {
    const sample = cliSample()
    expect(await sample.json(['circuits', 'health'])).toMatchObject({
      code: 0,
      document: { status: 'UNKNOWN' },
    })
    for (const circuit of ['system:system', 'all']) {
      const end = await sample.json(['circuits', 'reset', circuit, '--force'])
      expectError(end, { code: 'nothing_to_run', says: /orchestrator ingest/ })
    }
    await (await storeWith(sample, { refusals: 1 })).close()
    expect(await sample.json(['circuits', 'health'])).toMatchObject({
      code: 0,
      document: { status: 'HEALTHY' },
    })
    expect((await sample.cli(['circuits', 'status'])).stdout).toContain('1 failure in a row')
    const { run } = (await sample.json(['status'])).document as { run: { startedAt: number } }
    const untouched = await sample.json(['circuits', 'explain', 'system:system'])
    expect(untouched.document).toMatchObject({ circuit: { state: 'closed', since: run.startedAt } })
    expect((await sample.cli(['circuits', 'explain', 'system:system'])).stdout).toMatch(
      /^Would hold back +the whole run: /m,
    )
  })

  it('show what is open, why and until when, and close it', async () => {
    const sample = cliSample()
    await (await storeWith(sample, { refusals: 3 })).close()
    expect((await sample.json(['circuits', 'health'])).document).toEqual({
      status: 'DEGRADED',
      total: 1,
      closed: 0,
      open: 1,
      half_open: 0,
      flapping: 0,
      ended: 0,
      reasons: ['stage:A:green is open'],
    })
    const shown = (await sample.cli(['circuits', 'status'])).stdout
    expect(shown).toMatch(/stage:A:green {2}open .*refused by judge, a probe in [45] min/)
    expect(shown).toContain('Next: orchestrator circuits reset stage:A:green')
    const explained = await sample.cli(['circuits', 'explain', 'stage:A:green'])
    expect(explained.stdout).toMatch(
      /Opened .* refused by judge, failures in a row, 3 failures, a wait of [45] min/,
    )
    expect(explained.stdout).toMatch(/Waits for .*probe \([45] min/)
    expect((await sample.json(['circuits', 'history'])).document).toMatchObject({
      events: [{ id: 'A:green', kind: 'state_change', to: 'open', cause: 'refused_by_judge' }],
    })
    expect((await sample.json(['circuits', 'history', 'worker:worker_1'])).document).toEqual({ events: [] })
    expect((await sample.json(['circuits', 'status', '--level', 'worker'])).document).toEqual({
      circuits: [],
    })
    expect((await sample.json(['status'])).document).toMatchObject({
      run: { state: 'interrupted', resume: { command: 'orchestrator run --resume', at: null } },
      circuits: { open: 1 },
      held: [{ level: 'stage', id: 'A:green', cause: 'refused_by_judge', waitsFor: 'time' }],
    })
    expect((await sample.cli(['status'])).stdout).toMatch(
      /Held back +A:green \(refused by judge\) until 20\S+Z \(in [45] min.*\): orchestrator circuits explain stage:A:green/,
    )
    expect((await sample.json(['circuits', 'reset', 'stage:A:green'])).document).toEqual({
      reset: [{ level: 'stage', id: 'A:green', from: 'open', next: null }],
    })
    expect((await sample.json(['circuits', 'status'])).document).toMatchObject({
      circuits: [{ id: 'A:green', state: 'closed', trips: 1 }],
    })
    const never = await sample.cli(['circuits', 'reset', 'worker:worker_1'])
    expect(never).toMatchObject({ code: 0, stdout: expect.stringContaining('worker_1 was closed already') })
    expect((await sample.json(['circuits', 'reset', 'all', '--force'])).document).toMatchObject({
      reset: [{ from: 'closed' }],
    })
  })

  it('are well enough where tasks failed, and say that a retry lets them go on', async () => {
    const sample = cliSample()
    await (await storeWith(sample, { refusals: 3, keys: ['A', 'B', 'C'], fails: true })).close()
    expect(await sample.json(['health'])).toMatchObject({
      code: 0,
      document: { status: 'DEGRADED', circuits: { open: 3, ended: 3 } },
    })
    const shown = (await sample.cli(['circuits', 'status'])).stdout
    expect(shown).toMatch(/^system:system +closed\n {2}worker:worker_1 +closed\n {4}stage:A:green +open /)
    expect(shown).toMatch(/stage:B:green .*its task has failed: task retry B$/m)
    expect(shown).not.toContain('a probe')
    expect(shown).toContain('Next: orchestrator task retry A')
    const explained = (await sample.cli(['circuits', 'explain', 'stage:A:green'])).stdout
    expect(explained).toMatch(/^Held back +this stage of this task: /m)
    expect(explained).toMatch(/Waits for +no probe: its task has failed$/m)
    expect(explained).toMatch(/Closed by +orchestrator task retry A, when its cause is mended$/m)
    expect(explained).toContain('Next: orchestrator task retry A')
    const { stdout } = await sample.cli(['circuits', 'reset', 'stage:A:green'])
    expect(stdout).toContain(
      'stage:A:green was open and is closed. Its task goes on by: orchestrator task retry A',
    )
    expect(stdout).toContain('Next: orchestrator task retry A')
    expect((await sample.json(['circuits', 'reset', 'stage:B:green'])).document).toMatchObject({
      reset: [{ from: 'open', next: 'orchestrator task retry B' }],
    })
  })

  it('say that nothing is known where the store cannot be read, as health does', async () => {
    const sample = cliSample()
    const path = await storeOf(sample)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'no store at all'.repeat(100))
    const [health, circuits] = [await sample.json(['health']), await sample.json(['circuits', 'health'])]
    const { status, reasons } = health.document
    expect(circuits).toMatchObject({ code: 1, document: { status: 'UNKNOWN', total: 0, reasons } })
    expect([health.code, status]).toEqual([1, 'UNKNOWN'])
  })

  it('close it through the owner of the store beside a live run', async () => {
    const sample = cliSample()
    await using store = await storeWith(sample, { refusals: 3 })
    store.onRequest(() => void answerOpenRequests(store, { clock: systemClock, stop: null }))
    expect(await sample.json(['circuits', 'reset', 'stage:A:green'])).toMatchObject({ code: 0 })
    expect((await store.circuits('run-1'))[0]?.circuit.state).toBe('closed')
    expect((await sample.json(['circuits', 'reset', 'all', '--force'])).document).toEqual({
      reset: [{ level: 'stage', id: 'A:green', from: 'closed', next: null }],
    })
  })

  it('refuse what they do not know', async () => {
    const sample = cliSample()
    await (await storeWith(sample, { refusals: 3 })).close()
    const refused: readonly [readonly string[], string, RegExp][] = [
      [['reset', 'stage:A:gren'], 'circuit_unknown', /Did you mean stage:A:green/],
      [['reset', 'worker:worker_9'], 'circuit_unknown', /Did you mean worker:worker_1/],
      [['reset', 'stage:A'], 'circuit_unknown', /Did you mean one of stage:A:red, /],
      [['reset', 'nothing-like-it'], 'circuit_unknown', /circuits status/],
      [['reset', 'all'], 'usage', /--force/],
      [['status', '--level', 'wroker'], 'usage', /Did you mean worker/],
      [['status', '--state', 'ajar'], 'usage', /closed, open, half_open/],
    ]
    for (const [args, code, says] of refused) {
      expectError(await sample.json(['circuits', ...args]), { code, says })
    }
  })
})

/** A store whose run has tasks of which GREEN was refused so often; worker_1 still holds them, or they have failed. */
async function storeWith(
  sample: CliSample,
  {
    refusals,
    keys = ['A'],
    fails = false,
  }: { readonly refusals: number; readonly keys?: readonly string[]; readonly fails?: boolean },
): Promise<Store> {
  const store = await openSqliteStore({
    path: await storeOf(sample),
    clock: systemClock,
    owner: processIdentity(),
  })
  const now = systemClock.now()
  await store.createRun({ ...newRun('run-1'), tasks: keys.map((key) => taskDefinition(key)) }, now)
  await store.startRun('run-1', { target: 't', base: 'b', workers: 2, circuits: DEFAULT_CIRCUITS }, now)
  const idle = {
    run: 'run-1',
    worker: 'worker_1',
    state: 'idle',
    task: null,
    stage: null,
    since: now,
  } as const
  await store.noteWorker(idle, now)
  for (const key of keys) {
    const claim = await store.claim(
      { run: 'run-1', worker: 'worker_1', leaseMs: 1e9, candidates: [key] },
      now,
    )
    if (claim === null) throw new Error(`the task ${key} could not be claimed`)
    for (let time = 0; time < refusals; time += 1) {
      const started = await store.startAttempt(claim, { stage: 'green', agent: 's', reserved: NO_SPEND }, now)
      const outcome = { kind: 'refused', refusals: [refusal('tests_failed')], base: 'b', tree: null } as const
      await store.finishAttempt(claim, startedId(started), ended(outcome), now)
    }
    if (fails) await store.fail(claim, { refusal: null, reason: 'used up' }, now)
  }
  return store
}
