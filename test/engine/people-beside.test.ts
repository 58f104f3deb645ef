import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/open.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openStoreClient } from '../../src/store/client.ts'
import type { StoreRequestBody } from '../../src/store/store.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { doingBefore } from '../support/interleave.ts'
import { letterFiles, letterPlan, letterSession, letterSource, letterTest } from '../support/letters.ts'
import { allEvents, eventWhere } from '../support/played-tasks.ts'
import { DRILL } from '../support/drill.ts'

const TARGET = 'refs/heads/tdd/letters'

describe('a landing that a person takes out of the target', () => {
  it.runIf(DRILL)('is told although another is verified meanwhile', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const git = doingBefore(engine.world.git, 'land', (call) => call === 2 && dropAll(sample))
    const report = await sample.run(beside(engine, { git }), letterSession(['A', 'B']), { workers: 2 })
    const lost = (await allEvents(engine)).find(({ kind }) => kind === 'landing_lost')?.task
    expect(lost).toMatch(/^[AB]$/)
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 2 } })
    expect(report.landed.map(({ task }) => task)).not.toContain(lost)
    expect(report.warnings).toEqual([expect.stringContaining(`orchestrator task retry ${lost}`)])
  })

  it('does not come back with a task that was made on it', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const session = letterSession(['A', 'B'])
    const { red = [], green = [] } = session.tasks['B'] ?? {}
    Object.assign(session.tasks['B'] ?? {}, {
      red: [...red, ...red],
      red_fix: red,
      green: [...green, ...green],
    })
    const store = doingBefore(engine.world.store, 'claim', (call) =>
      call === 2 ? eventWhere(engine, ({ kind }) => kind === 'task_completed') : null,
    )
    const dropped = eventWhere(engine, ({ kind, task }) => kind === 'attempt_accepted' && task === 'B').then(
      () => dropAll(sample),
    )
    const report = await sample.run(beside(engine, { store }), session, { workers: 1 })
    await dropped
    expect(report.landed.map(({ task }) => task)).toEqual(['B'])
    expect(filesOf(sample)).not.toContain('src/a.js')
    expect(filesOf(sample)).toContain('src/b.js')
    const returns = (await allEvents(engine)).filter(({ kind }) => kind === 'landing_returned')
    expect(returns.map(({ task, data }) => [task, data['kind']])).toEqual([['B', 'tests_conflict']])
  })
})

describe('work that a person dropped', () => {
  it('does not land though its landing had begun', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A']))
    const session = letterSession(['A'])
    const again = letterTest('A').replace('returns a', 'returns a again')
    session.tasks['A']?.red.push([{ write: { 'test/a.test.js': again } }])
    session.tasks['A']?.green.push([{ write: { 'src/a.js': `${letterSource('A')}// again\n` } }])
    const store = doingBefore(engine.world.store, 'recordIntent', async (call) => {
      if (call > 1) return
      const real = engine.world.store
      expect(await real.cancel(run, 'A', 'wrong', Date.now())).toBe(true)
      const seen = (await allEvents(engine)).at(-1)?.seq
      const landing = eventWhere(engine, ({ kind }) => kind === 'task_landing', seen)
      expect(await real.retry(run, 'A', { from: 'red', note: 'again' }, Date.now())).toBe(true)
      await landing
    })
    const report = await sample.run(beside(engine, { store }), session, { workers: 1 })
    expect(report.state).toBe('completed')
    expect(sample.repo.git('show', 'tdd/letters:src/a.js')).toContain('again')
  })
})

describe('what is asked of a live run', () => {
  it('is worked although the run was about to end', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A', 'B']))
    const session = letterSession(['A', 'B'])
    const { red = [] } = session.tasks['B'] ?? {}
    Object.assign(session.tasks['B'] ?? {}, { red: [[]], red_fix: [[], [], ...red, ...red] })
    let answer: unknown = null
    const store = doingBefore(engine.world.store, 'releaseLandingLease', async (call) => {
      if (call > 1) return
      answer = await ask(engine, { kind: 'retry', run, task: 'B', from: null, note: 'now' })
    })
    const report = await sample.run(beside(engine, { store }), session, { workers: 1 })
    expect(answer).toBe(true)
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 } })
  })

  it.runIf(DRILL)('changes nothing where it is refused', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
    const suites = ((await engine.world.store.currentRun())?.suites ?? []).map((suite) => ({
      ...suite,
      setup: [['false']],
    }))
    let refused: unknown = null
    const store = doingBefore(engine.world.store, 'claim', async (call) => {
      if (call !== 2) return
      refused = await ask(engine, { kind: 'add_tasks', run, tasks: [], suites, planText: '{}' }).catch(
        (thrown: unknown) => thrown,
      )
    })
    const report = await sample.run(beside(engine, { store }), letterSession(['A', 'B']), { workers: 1 })
    expect(refused).toMatchObject({
      message: expect.stringContaining('differs'),
      hint: expect.stringContaining('orchestrator ingest PLAN --new'),
    })
    expect(report).toMatchObject({ state: 'completed', refusals: [] })
  })

  it.runIf(DRILL)('does not stop a run because of what somebody asked of an earlier one', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A']))
    leaveOpen(engine, { kind: 'stop', now: true })
    const report = await sample.run(engine, letterSession(['A']))
    expect(report.state).toBe('completed')
    expect(await engine.world.store.openRequests()).toEqual([])
  })

  it.runIf(DRILL)('gives back what a cancelled task had set aside of the budget', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A', 'B']))
    const store = doingBefore(engine.world.store, 'startAttempt', async (call) => {
      if (call === 1) await engine.world.store.cancel(run, 'A', 'not now', Date.now())
    })
    const budget = { invocations: 2, tokens: null, usd: null, timeMs: null }
    const report = await sample.run(beside(engine, { store }), letterSession(['A', 'B']), {
      workers: 1,
      budget,
    })
    expect(report).toMatchObject({
      state: 'incomplete',
      pausedBy: null,
      tasks: { completed: 1, cancelled: 1 },
    })
  })
})

describe('a claim that nobody renews', () => {
  it('ends with its lease, and the task is worked', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const run = await sample.ingest(engine, letterPlan(['A']))
    const real = engine.world.store
    const store = doingBefore(real, 'claim', async (call) => {
      if (call === 1) await real.claim({ run, worker: 'gone', leaseMs: 100, candidates: ['A'] }, Date.now())
    })
    const settings = { ...engine.world.settings, leaseMs: 1_000 }
    const report = await sample.run(beside(engine, { store, settings }), letterSession(['A']))
    expect(report.state).toBe('completed')
  })
})

describe('a run that was killed before it had begun', () => {
  it.each(['startRun', 'rescue'] as const)('lands on the branch that it had chosen (%s)', async (instant) => {
    const sample = engineSample(letterFiles)
    const gone = new Error('killed')
    {
      await using engine = await sample.open()
      await sample.ingest(engine, letterPlan(['A']))
      const store = doingBefore(engine.world.store, instant, () => Promise.reject(gone))
      await expect(sample.run(beside(engine, { store }), letterSession(['A']))).rejects.toThrow(gone)
    }
    // Its row is written and the branch not made yet.
    if (instant === 'rescue') sample.repo.git('update-ref', '-d', TARGET)
    await using engine = await sample.open()
    const report = await sample.run(engine, letterSession(['A']))
    expect(report).toMatchObject({ state: 'completed', target: 'tdd/letters' })
    expect(sample.repo.git('for-each-ref', '--format=%(refname)', 'refs/heads/tdd')).toBe(TARGET)
  })
})

/** The engine with other parts of its world. */
function beside(engine: Engine, parts: Partial<Engine['world']>): Engine {
  return { ...engine, world: { ...engine.world, ...parts } }
}

function dropAll(sample: EngineSample): void {
  sample.repo.git('update-ref', TARGET, 'main')
}

function filesOf(sample: EngineSample): string[] {
  return sample.repo.git('ls-tree', '-r', '--name-only', TARGET).split('\n')
}

/** Leaves a request behind that its sender no longer waits for. */
function leaveOpen(engine: Engine, body: StoreRequestBody): void {
  const db = new DatabaseSync(join(engine.stateDirectory, 'store.db'))
  db.prepare('INSERT INTO requests (at, expires_at, body, updated_at) VALUES (1, 2, ?, 1)').run(
    JSON.stringify(body),
  )
  db.close()
}

/** Asks the owner of the store, as another process does. */
async function ask(engine: Engine, body: StoreRequestBody): Promise<unknown> {
  const path = join(engine.stateDirectory, 'store.db')
  using client = openStoreClient({ path, clock: systemClock, owner: processIdentity() })
  return await client.handIn(body)
}
