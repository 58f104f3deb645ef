import { describe, expect, it } from 'vitest'
import { cliSample } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { letterFiles } from '../support/letters.ts'
import {
  type Actions,
  playedPlan,
  playedSession,
  type PlayedTasks,
  writesTest,
} from '../support/played-tasks.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { webhookServer } from '../support/webhook-server.ts'

const CRASH: Actions = [{ fail: 'crash' }]

/** What pauses a run is in `npm run drill:circuits`; all else runs with `npm test`. */
describe('circuits of a run', () => {
  it('make a task give way whose stage fails again and again, and then wait for a person, while others land', async () => {
    const tasks: PlayedTasks = {
      POISON: { green: Array.from({ length: 9 }, () => [{ say: 'I cannot' }]) },
      GOOD: {},
      LATER: { task: { dependsOn: ['GOOD'] } },
    }
    const { report, told, reasons } = await play(tasks, {
      flags: {
        'stage.maxFailures': 2,
        'stage.waitMs': 300,
        'stage.jitter': 0,
        'stage.extensions': 1,
      },
    })
    expect(report['tasks']).toMatchObject({ completed: 2, needs_human: 1 })
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
  })

  it.runIf(DRILL)('halt the run in an outage, try again with one task, and let it complete', async () => {
    const keys = ['A', 'B', 'C']
    const tasks: PlayedTasks = Object.fromEntries(
      keys.map((key) => [key, { red: [CRASH, CRASH, writesTest(key)] }]),
    )
    const { report, told } = await play(tasks, {
      workers: 3,
      flags: {
        'system.waitMs': 500,
        'system.jitter': 0,
        'worker.maxFailures': 100,
        'stage.maxFailures': 100,
      },
    })
    expect(report['tasks']).toMatchObject({ completed: 3 })
    // A task that has crashed twice may be worked again before the sixth crash opens it, and succeed meanwhile.
    const ofRun = told.filter((line) => line.endsWith(' system') && line !== 'circuit_wait_skipped system')
    expect(ofRun.slice(0, 3)).toEqual([
      'circuit_opened system',
      'circuit_half_open system',
      'circuit_probe_started system',
    ])
    expect(told.at(-1)).toBe('circuit_closed system')
  })

  it.runIf(DRILL)('pause the run when it does not recover however often it is tried', async () => {
    const broken = { red: Array.from({ length: 9 }, () => CRASH) }
    const { report, told, code } = await play(
      { A: broken, B: broken },
      {
        flags: {
          'system.waitMs': 200,
          'system.extensions': 1,
          'worker.maxFailures': 100,
          'stage.maxFailures': 100,
        },
      },
    )
    expect(report).toMatchObject({ state: 'paused', pausedBy: 'circuit', tasks: { completed: 0 } })
    expect(told.at(-1)).toBe('circuit_exhausted system')
    expect(report['next']).toMatch(/^orchestrator circuits reset system:system && orchestrator run --resume$/)
    expect(code).toBe(75)
  })

  it.runIf(DRILL).each([
    ['the run', { 'worker.maxFailures': 100 }, 2],
    ['every worker', { 'system.rateOutcomes': 100, 'worker.tasks': 1 }, 1],
  ])('pause the run where nobody watches and %s is held for long', async (_, flags, workers) => {
    const broken = { red: Array.from({ length: 9 }, () => CRASH) }
    const { report, again } = await play(
      { A: broken, B: broken },
      { workers, flags: { 'stage.maxFailures': 100, ...flags } },
    )
    expect(report).toMatchObject({ state: 'paused', pausedBy: 'circuit', tasks: { completed: 0 } })
    expect(report['resumeAt']).not.toBeNull()
    const { document: next, code } = await again()
    expect({ code, resumeAt: next['resumeAt'] }).toEqual({ code: 75, resumeAt: report['resumeAt'] })
    expect(next['spend']).toEqual(report['spend'])
  })

  it.runIf(DRILL)(
    'replace a worker whose work fails again and again, also when it is tried again',
    async () => {
      const tasks: PlayedTasks = {
        A: { red: [CRASH, CRASH, CRASH, CRASH, writesTest('A')] },
      }
      const { report, told, replaced } = await play(tasks, {
        workers: 1,
        flags: {
          'worker.maxFailures': 2,
          'worker.tasks': 1,
          'worker.waitMs': 200,
          'worker.extensions': 1,
          'stage.maxFailures': 100,
          'system.maxFailures': 100,
          'system.rateOutcomes': 100,
        },
      })
      expect(report['tasks']).toMatchObject({ completed: 1 })
      expect(told.filter((line) => /opened|extended|exhausted/.test(line))).toEqual([
        'circuit_opened worker_1',
        'circuit_opened worker_1',
        'circuit_extended worker_1',
        'circuit_opened worker_1',
        'circuit_exhausted worker_1',
      ])
      expect(replaced).toEqual([{ worker: 'worker_1', by: 'worker_2' }])
    },
  )

  it.runIf(DRILL)('stay closed in a storm of provider limits, and the run completes', async () => {
    const limit: Actions = [{ fail: 'rate_limit', resetMs: 50 }]
    const tasks: PlayedTasks = Object.fromEntries(
      ['A', 'B'].map((key) => [key, { red: [limit, limit, limit, limit, writesTest(key)] }]),
    )
    const { report, told } = await play(tasks, {
      flags: { 'stage.maxFailures': 1, 'worker.maxFailures': 1 },
    })
    expect(report['tasks']).toMatchObject({ completed: 2 })
    expect(told).toEqual([])
  })

  it('tell once that one of them flaps, and wait longer and longer meanwhile', async () => {
    await using server = await webhookServer()
    const tasks: PlayedTasks = { A: { red: [CRASH, CRASH, CRASH, CRASH, CRASH, writesTest('A')] } }
    const { report, told } = await play(tasks, {
      workers: 1,
      env: { SLACK_WEBHOOK_URL: server.url.href, TDD_NOTIFY_ALLOW_PRIVATE: '1' },
      flags: {
        'stage.maxFailures': 1,
        'stage.waitMs': 20,
        'stage.jitter': 0,
        'stage.extensions': 9,
        'worker.maxFailures': 100,
        'system.rateOutcomes': 100,
      },
    })
    expect(report['tasks']).toMatchObject({ completed: 1 })
    expect(told.filter((line) => line.startsWith('circuit_flapping'))).toEqual(['circuit_flapping A:red'])
    expect(told.at(-1)).toBe('circuit_closed A:red')
    expect(server.received.filter(({ body }) => body.includes('tried again and again'))).toHaveLength(1)
  })
})

interface Told {
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
}

/** By the built program, beside a configuration that lets proofs run once. */
async function play(
  tasks: PlayedTasks,
  {
    flags,
    workers = 2,
    env = {},
  }: {
    readonly flags: Readonly<Record<string, number>>
    readonly workers?: number
    readonly env?: Readonly<Record<string, string>>
  },
) {
  const sample = cliSample(tempRepo({ ...letterFiles, '.tdd/config.toml': '[verify]\nrepeats = 1\n' }))
  const plan = playedPlan(tasks, { limits: { green: 20, redFix: 20, attempts: 100 } })
  await sample.json(['ingest', sample.beside('plan.json', plan)])
  const session = sample.beside('a.session.json', playedSession(tasks))
  const run = ['run', '--agent', 'scripted', '--session', session, '--workers', String(workers)]
  const circuits = Object.entries(flags).flatMap(([name, value]) => ['--circuit', `${name}=${value}`])
  const again = () => sample.json([...run, ...circuits], { env: { ...sample.env, ...env } })
  const { document: report, code } = await again()
  const lines = (await sample.cli(['events', '--json'])).stdout.trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as Told)
  return {
    report,
    code,
    /** The same command once more. */
    again,
    told: events
      .filter(({ kind }) => kind.startsWith('circuit_'))
      .map(({ kind, data }) => `${kind} ${String(data['circuit'])}`),
    reasons: events.filter(({ kind }) => kind === 'task_needs_human').map(({ data }) => data['reason']),
    replaced: events.filter(({ kind }) => kind === 'worker_replaced').map(({ data }) => data),
  }
}
