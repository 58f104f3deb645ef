import { describe, expect, it } from 'vitest'
import type { Claim } from '../../src/store/store.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import { ended, startedId } from '../support/store-data.ts'
import {
  type Actions,
  allEvents,
  playedPlan,
  playedSession,
  type PlayedTasks,
} from '../support/played-tasks.ts'

const CRASH: Actions = [{ fail: 'crash' }]
const UNWATCHED = { 'run.onLimit': 'exit' }

describe('a run in which tasks fail, with default limits', () => {
  it('lands the others where two crash as often as they may, and ends incomplete', async () => {
    const crashing = { red: [CRASH, CRASH, CRASH] }
    const { report, told } = await play({ A: crashing, B: crashing, C: {}, D: {} }, 3)
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 2, failed: 2 } })
    // What failed is over in the moment in which its stage opens; nothing else is held.
    expect(told.toSorted()).toEqual(['circuit_opened A:red', 'circuit_opened B:red'])
  })

  it('writes down that a task waits for a person though the run is held, and takes that for no probe', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open({
      ...UNWATCHED,
      'circuits.stage.maxFailures': 1,
      'circuits.stage.waitMs': 1,
      'circuits.stage.extensions': 0,
      'circuits.system.rateOutcomes': 2,
      'circuits.system.rateSources': 1,
      'circuits.system.tasks': 1,
    })
    const run = await sample.ingest(engine, playedPlan({ A: {}, B: {} }))
    const { store, clock, settings } = engine.world
    const start = {
      target: 'tdd/played',
      base: sample.repo.git('rev-parse', 'HEAD').trim(),
      workers: 1,
      circuits: settings.circuits,
    }
    await store.startRun(run, start, clock.now())
    const claim = await store.claim({ run, worker: 'worker_1', leaseMs: 1e9, candidates: ['A'] }, clock.now())
    for (const later of [0, 10]) await crash(claim, clock.now() + later)
    const report = await sample.run(engine, playedSession({ A: {}, B: {} }), { workers: 1 })
    expect(report).toMatchObject({ state: 'paused', tasks: { needs_human: 1, completed: 0 } })
    const kinds = (await allEvents(engine)).filter(({ data }) => data['circuit'] === 'system')
    expect(kinds.map(({ kind }) => kind)).toEqual(['circuit_opened'])

    async function crash(held: Claim | null, at: number): Promise<void> {
      if (held === null) throw new Error('A could not be claimed')
      const attempt = startedId(
        await store.startAttempt(held, { stage: 'red', agent: 's', reserved: NO_SPEND }, at),
      )
      await store.finishAttempt(held, attempt, ended({ kind: 'gave_up', cause: 'crash', detail: '' }), at)
    }
  })
})

async function play(tasks: PlayedTasks, workers: number) {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open(UNWATCHED)
  await sample.ingest(engine, playedPlan(tasks))
  const report = await sample.run(engine, playedSession(tasks), { workers })
  const told = (await allEvents(engine))
    .filter(({ kind }) => kind.startsWith('circuit_'))
    .map(({ kind, data }) => `${kind} ${String(data['circuit'])}`)
  return { report, told }
}
