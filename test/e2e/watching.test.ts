import { describe, expect, it } from 'vitest'
import {
  cliSample,
  type CliSample,
  emptyTest,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { DRILL } from '../support/drill.ts'

const PLAN = {
  version: 1,
  title: 'Numbers',
  tasks: [numberTask('double'), numberTask('never'), numberTask('after', { dependsOn: ['NEVER-1'] })],
}

const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [[{ say: 'the test comes first' }, numberTest('double'), { usage: { costUsd: 0.25 } }]],
      green: [[numberSource('double', 'n')], [numberSource('double')]],
    },
    'NEVER-1': {
      red: [[emptyTest('never', 1)]],
      red_fix: [[emptyTest('never', 1)]],
    },
    'AFTER-1': { red: [[numberTest('after')]], green: [[numberSource('after')]] },
  },
}

async function played(): Promise<CliSample> {
  const sample = cliSample()
  const session = sample.beside('a.session.json', SESSION)
  await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  const run = await sample.json(['run', '--agent', 'scripted', '--session', session])
  expect(run, run.stderr).toMatchObject({ code: 1, document: { state: 'incomplete' } })
  return sample
}

describe('looking at a run', () => {
  it('works before there is anything to look at', async () => {
    const sample = cliSample()
    expect(await sample.json(['status'])).toMatchObject({
      code: 0,
      document: { run: null, tasks: { total: 0 }, workers: [], eta: null, base: null },
    })
    expect((await sample.cli(['events', '--json'])).stdout).toBe('')
    expectError(await sample.json(['task', 'list']), { code: 'nothing_to_run', says: /ingest/ })
  })

  it.runIf(DRILL)(
    'tells status, events, tasks, what agents said and what they did, after the run as well',
    async () => {
      const sample = await played()
      const status = await sample.json(['status'])
      expect(status).toMatchObject({
        code: 0,
        document: {
          run: { state: 'incomplete', title: 'Numbers', target: 'tdd/numbers' },
          tasks: { total: 3, completed: 1, failed: 1, blocked: 1, pending: 0 },
          workers: [],
          circuits: { open: 0, half_open: 0 },
          spend: { costUsd: 0.25 },
          base: { tests: 1, failing: 0, flaky: 0 },
        },
      })
      const watched = await sample.cli(['status', '--watch', '--json'], { killAfterMs: 20_000 })
      expect(watched).toMatchObject({ code: 0, signal: null, stdout: `${JSON.stringify(status.document)}\n` })
      const events = (await sample.cli(['events', '--json', '--after', '2'])).stdout.trim().split('\n')
      const seqs = events.map((line) => (JSON.parse(line) as { seq: number }).seq)
      expect(seqs[0]).toBeGreaterThan(2)
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
      const list = await sample.json(['task', 'list'])
      expect(list.document['tasks']).toMatchObject([
        { key: 'DOUBLE-1', state: 'completed' },
        { key: 'NEVER-1', state: 'failed' },
        { key: 'AFTER-1', state: 'blocked', reason: 'by NEVER-1' },
      ])
      const page = (await sample.cli(['task', 'show', 'NEVER-1'])).stdout
      expect(page).toContain('unexpected_green: no touched test fails')
      expect(page).toContain('orchestrator task retry NEVER-1')
      expect(page).toContain('blocks AFTER-1')
      const log = (await sample.cli(['task', 'log', 'DOUBLE-1', '--attempt', '1'])).stdout
      expect(log).toContain('the test comes first')
      // A command that is over before anybody looks is known of only by its sandbox.
      if ((await whyNoSandbox()) === null)
        for (const told of [log, page]) expect(told).toMatch(/used [\d.]+ m?s of processor time/)
      const accepted = await sample.json(['task', 'diff', 'DOUBLE-1'])
      expect(accepted.document['diff']).toContain('+export const double = (n) => n + n')
      const refused = await sample.json(['task', 'diff', 'DOUBLE-1', '--attempt', '2'])
      expect(refused.document).toMatchObject({ stage: 'green', verdict: 'refused' })
      expect(refused.document['diff']).toMatch(/^\+export const double = \(n\) => n$/m)
      expectError(await sample.json(['task', 'show', 'double-1']), { code: 'task_unknown', says: /DOUBLE-1/ })
      expectError(await sample.json(['task', 'diff', 'AFTER-1']), { code: 'nothing_to_check' })
      for (const look of ['log', 'diff']) {
        const end = await sample.json(['task', look, 'DOUBLE-1', '--attempt', '99'])
        expectError(end, { code: 'usage', says: /no attempt 99/ })
      }
      expect((await sample.json(['prove'])).document).toMatchObject({ checked: 1, proven: 1, broken: [] })
      const left = sample.repo.git('rev-parse', 'tdd/numbers')
      sample.repo.git('update-ref', 'refs/heads/tdd/numbers', 'main')
      const setBack = await sample.json(['prove'])
      expectError(setBack, { code: 'nothing_to_check', says: /found at HEAD, nor on tdd\/numbers\n/ })
      expectError(setBack, {
        code: 'nothing_to_check',
        says: RegExp(
          `The run left tdd/numbers at ${left}: git branch -f tdd/numbers ${left} sets it back there`,
        ),
      })
      sample.repo.git('branch', '-f', 'tdd/numbers', left)
      expect((await sample.json(['prove'])).document).toMatchObject({ proven: 1 })
    },
  )

  it('tells attempts of the same number before and after a retry apart', async () => {
    const sample = cliSample()
    await sample.cli([
      'ingest',
      sample.beside('plan.json', { version: 1, title: 'Numbers', tasks: [numberTask('double')] }),
    ])
    const crash = [[{ fail: 'crash' }]]
    const session = sample.beside('c.session.json', {
      version: 1,
      tasks: { 'DOUBLE-1': { red: [[numberTest('double')]], green: crash } },
    })
    const run = ['run', '--agent', 'scripted', '--session', session, '--max-invocations-per-task', '1']
    expect((await sample.cli(run)).code).toBe(1)
    await sample.cli(['task', 'retry', 'DOUBLE-1'])
    expect((await sample.cli(run)).code).toBe(1)
    for (const how of [[], ['--follow']])
      expect((await sample.cli(['task', 'log', 'DOUBLE-1', ...how])).stdout).toMatch(
        /^1 {2}RED {2}accepted .*\(before it was retried\)$[^]*^1 {2}GREEN {2}gave_up(?!.*retried)/mu,
      )
    expectError(await sample.json(['task', 'diff', 'DOUBLE-1', '--attempt', '1']), {
      code: 'nothing_to_check',
      says: /attempt 1 of DOUBLE-1 left no work/,
    })
  })

  it.runIf(DRILL)(
    'lets a person retry with a note and from the beginning, and cancel, without a run',
    async () => {
      const sample = await played()
      expectError(await sample.json(['task', 'retry', 'DOUBLE-1']), { code: 'task_state', says: /landed/ })
      expect(await sample.json(['task', 'cancel', 'AFTER-1', '--reason', 'not now'])).toMatchObject({
        code: 0,
        document: { task: 'AFTER-1', state: 'cancelled' },
      })
      expect(await sample.json(['task', 'retry', 'AFTER-1'])).toMatchObject({
        document: { state: 'blocked' },
      })
      const retried = await sample.json([
        'task',
        'retry',
        'NEVER-1',
        '--from',
        'red',
        '--note',
        'test never(2)',
      ])
      expect(retried).toMatchObject({ code: 0, document: { state: 'available' } })
      const better = sample.beside('b.session.json', {
        version: 1,
        tasks: {
          ...SESSION.tasks,
          // What was played before the retry counts on: the new attempt is the second of RED.
          'NEVER-1': { red: [[], [numberTest('never')]], green: [[numberSource('never')]] },
        },
      })
      const run = await sample.json(['run', '--resume', '--agent', 'scripted', '--session', better])
      expect(run, run.stderr).toMatchObject({ code: 0, document: { state: 'completed' } })
      expect((await sample.cli(['status'])).stdout).toContain('Next: git merge --ff-only tdd/numbers')
    },
  )
})
