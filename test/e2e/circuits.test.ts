import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import {
  type Actions,
  allEvents,
  playedPlan,
  playedSession,
  type PlayedTasks,
  writesTest,
} from '../support/played-tasks.ts'

const LONG_MS = 120_000
const CRASH: Actions = [{ fail: 'crash' }]

describe('circuits of a run', () => {
  it(
    'make a task give way whose stage fails again and again, and then wait for a person, while others land',
    async () => {
      const tasks: PlayedTasks = {
        POISON: { green: Array.from({ length: 9 }, () => [{ say: 'I cannot' }]) },
        GOOD: {},
        LATER: { task: { dependsOn: ['GOOD'] } },
      }
      const { report, told, reasons } = await play(tasks, {
        flags: {
          'circuits.stage.maxFailures': 2,
          'circuits.stage.waitMs': 300,
          'circuits.stage.jitter': 0,
          'circuits.stage.extensions': 1,
        },
      })
      expect(report.tasks).toMatchObject({ completed: 2, needs_human: 1 })
      expect(told).toEqual([
        'circuit_opened POISON:green',
        'circuit_half_open POISON:green',
        'circuit_probe_started POISON:green',
        'circuit_opened POISON:green',
        'circuit_extended POISON:green',
        'circuit_half_open POISON:green',
        'circuit_probe_started POISON:green',
        'circuit_opened POISON:green',
        'circuit_exhausted POISON:green',
      ])
      expect(reasons).toEqual(['its GREEN failed too often in a row'])
    },
    LONG_MS,
  )

  it(
    'halt the run in an outage, try again with one task, and let it complete',
    async () => {
      const keys = ['A', 'B', 'C', 'D']
      const tasks: PlayedTasks = Object.fromEntries(
        keys.map((key) => [key, { red: [CRASH, CRASH, writesTest(key)] }]),
      )
      const { report, told } = await play(tasks, {
        flags: {
          'circuits.system.waitMs': 500,
          'circuits.system.jitter': 0,
          'circuits.worker.maxFailures': 100,
          'circuits.stage.maxFailures': 100,
        },
      })
      expect(report.tasks).toMatchObject({ completed: 4 })
      expect(told.filter((line) => line.endsWith(' system')).slice(0, 3)).toEqual([
        'circuit_opened system',
        'circuit_half_open system',
        'circuit_probe_started system',
      ])
      expect(told.at(-1)).toBe('circuit_closed system')
    },
    LONG_MS,
  )

  it(
    'pause the run when it does not recover however often it is tried',
    async () => {
      const broken = { red: Array.from({ length: 9 }, () => CRASH) }
      const { report, told } = await play(
        { A: broken, B: broken },
        {
          flags: {
            'circuits.system.waitMs': 200,
            'circuits.system.extensions': 1,
            'circuits.worker.maxFailures': 100,
            'circuits.stage.maxFailures': 100,
          },
        },
      )
      expect(report).toMatchObject({ state: 'paused', pausedBy: 'circuit', tasks: { completed: 0 } })
      expect(told.at(-1)).toBe('circuit_exhausted system')
    },
    LONG_MS,
  )

  it.each([
    ['the run', { 'circuits.worker.maxFailures': 100 }, 2],
    ['every worker', { 'circuits.system.rateOutcomes': 100 }, 1],
  ])(
    'pause the run where nobody watches and %s is held for long',
    async (_, flags, workers) => {
      const broken = { red: Array.from({ length: 9 }, () => CRASH) }
      const { report } = await play(
        { A: broken, B: broken },
        { workers, flags: { 'circuits.stage.maxFailures': 100, ...flags } },
      )
      expect(report).toMatchObject({ state: 'paused', pausedBy: 'circuit', tasks: { completed: 0 } })
      expect(report.resumeAt).not.toBeNull()
    },
    LONG_MS,
  )

  it(
    'replace a worker whose work fails again and again',
    async () => {
      const tasks: PlayedTasks = {
        A: { red: [CRASH, CRASH, CRASH, writesTest('A')] },
      }
      const { report, told, replaced } = await play(tasks, {
        workers: 1,
        flags: {
          'circuits.worker.maxFailures': 2,
          'circuits.worker.waitMs': 200,
          'circuits.worker.extensions': 0,
          'circuits.stage.maxFailures': 100,
          'circuits.system.maxFailures': 100,
          'circuits.system.rateOutcomes': 100,
        },
      })
      expect(report.tasks).toMatchObject({ completed: 1 })
      expect(told).toContain('circuit_exhausted worker_1')
      expect(replaced).toEqual([{ worker: 'worker_1', by: 'worker_2' }])
    },
    LONG_MS,
  )
})

async function play(
  tasks: PlayedTasks,
  { flags, workers = 2 }: { readonly flags: Readonly<Record<string, unknown>>; readonly workers?: number },
) {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open(flags)
  await sample.ingest(engine, playedPlan(tasks, { limits: { green: 20, redFix: 20, attempts: 100 } }))
  const report = await sample.run(engine, playedSession(tasks), { workers })
  const events = await allEvents(engine)
  return {
    report,
    told: events
      .filter(({ kind }) => kind.startsWith('circuit_'))
      .map(({ kind, data }) => `${kind} ${String(data['circuit'])}`),
    reasons: events.filter(({ kind }) => kind === 'task_needs_human').map(({ data }) => data['reason']),
    replaced: events.filter(({ kind }) => kind === 'worker_replaced').map(({ data }) => data),
  }
}
