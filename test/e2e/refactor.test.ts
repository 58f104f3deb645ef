import { describe, expect, it } from 'vitest'
import { type CliSample, cliSample, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import {
  type PlayedTasks,
  playedPlan,
  playedSession,
  refusalLines,
  sourcePath,
  writesSource,
} from '../support/played-tasks.ts'
import { DRILL } from '../support/drill.ts'

describe('refactoring', () => {
  it('lands where it is verified; else what was verified before it lands, and the report says so', async () => {
    const tidy = "const name = 'tidy'\nexport const tidy = () => name\n"
    const tasks: PlayedTasks = {
      TIDY: { refactor: [[{ write: { 'src/tidy.js': tidy } }]] },
      // Its own test fails.
      BREAKS: {
        refactor: [[{ write: { [sourcePath('BREAKS')]: "export const breaks = () => 'broken'\n" } }]],
      },
      // Its own test holds, and an old one of another file does not.
      BENDS: {
        refactor: [[...writesSource('BENDS'), { write: { 'src/index.js': 'export const version = 2\n' } }]],
      },
      CHEATS: { refactor: [[{ write: { 'test/cheats.test.js': '' } }]] },
      // No refactoring was recorded for it: nobody can be asked.
      ALONE: {},
    }
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks), { refactor: true })
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 5 } })
    expect(report.refactorings).toEqual([
      { task: 'TIDY', holds: true, fact: null },
      { task: 'BREAKS', holds: false, fact: expect.stringMatching(/^tests_failed: /) },
      { task: 'BENDS', holds: false, fact: expect.stringMatching(/^regression: /) },
      { task: 'CHEATS', holds: false, fact: expect.stringMatching(/^tests_changed: /) },
      { task: 'ALONE', holds: false, fact: expect.stringContaining('no attempt 1 of refactor') },
    ])
    expect(refusalLines(report)).toEqual([
      'BREAKS refactor tests_failed',
      'BENDS re_verify regression',
      'CHEATS refactor tests_changed',
    ])
    const source = (path: string): string => sample.repo.git('show', `${report.target}:${path}`)
    expect(source('src/tidy.js')).toBe(tidy.trimEnd())
    expect(source('src/breaks.js')).toContain("'breaks'")
    expect(source('src/index.js')).toBe('export const version = 1')
    expect(source('test/cheats.test.js')).toContain('AC-CHEATS')
  })

  it.runIf(DRILL)('is done again after a kill in the middle of it, and nothing else is', async () => {
    const sample = cliSample()
    const plan = sample.beside('plan.json', {
      version: 1,
      title: 'Numbers',
      project: { suites: [{ name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'] }] },
      tasks: [numberTask('double')],
    })
    const session = sample.beside('session.json', {
      version: 1,
      tasks: {
        'DOUBLE-1': {
          red: [[numberTest('double')]],
          green: [[numberSource('double')]],
          refactor: [[{ sleepMs: 600_000 }, numberSource('double', '2 * n')]],
        },
      },
    })
    expect((await sample.cli(['ingest', plan, '--trust-commands'])).code).toBe(0)
    const run = ['run', '--refactor', '--agent', 'scripted', '--session', session]
    const killed = await sample.cli(run, {
      onProgress: (text, kill) => {
        if (text.includes('tidies up')) kill('SIGKILL')
      },
    })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    await expectInterrupted(sample)
    const { document, code } = await sample.json([...run, '--no-sleep'])
    expect(code).toBe(0)
    expect(document).toMatchObject({
      state: 'completed',
      refusals: [],
      refactorings: [{ task: 'DOUBLE-1', holds: true }],
      spend: { invocations: 4 },
    })
    expect(sample.repo.git('show', 'tdd/numbers:src/double.js')).toBe('export const double = (n) => 2 * n')
  })
})

/** What is seen of a run whose process is gone. */
async function expectInterrupted(sample: CliSample): Promise<void> {
  const listed = await sample.cli(['task', 'list'])
  expect(listed.stdout).toMatch(/^DOUBLE-1 +interrupted /)
  expect(listed.stdout).toMatch(/Next: orchestrator run --resume$/m)
  expect((await sample.json(['task', 'list'])).document).toMatchObject({
    tasks: [{ state: 'running', interrupted: true }],
  })
  const shown = (await sample.cli(['task', 'show', 'DOUBLE-1'])).stdout
  expect(shown).toMatch(/^interrupted$/m)
  expect(shown).toMatch(/REFACTOR +interrupted/)
  expect(shown).toMatch(/orchestrator run --resume +go on with the run/)
  const attached = await sample.cli(['attach'])
  expect(attached.stderr).toMatch(/the last one is interrupted\n.*orchestrator run --resume/)
}
