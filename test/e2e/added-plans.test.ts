import { describe, expect, it } from 'vitest'
import { cliSample, expectError, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'

const FIRST = { version: 1, title: 'Numbers', tasks: [numberTask('double')], limits: { green: 2 } }
const SECOND = { version: 1, title: 'More numbers', tasks: [numberTask('twice')] }
const SESSION = {
  version: 1,
  tasks: Object.fromEntries(
    ['double', 'twice'].map((name) => [
      `${name.toUpperCase()}-1`,
      { red: [[numberTest(name)]], green: [[numberSource(name)]] },
    ]),
  ),
}

describe('a plan that is added to an unfinished run', () => {
  it('is refused with other limits than the run has, added with the same, and a run of its own with --new', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', FIRST)])
    const other = { ...SECOND, limits: { green: 5, fix: 1, redFix: 2 } }
    const refused = await sample.json(['ingest', sample.beside('other.json', other)])
    expectError(refused, {
      code: 'plan_invalid',
      says: /limits\.green: 5, in the run 2\n +limits\.fix: 1, in the run 3\n/,
    })
    expectError(refused, { code: 'plan_invalid', says: /Leave these limits out .*--new/ })
    expect(JSON.stringify(refused.document)).not.toContain('redFix')
    expect((await sample.json(['status'])).document).toMatchObject({ tasks: { total: 1 } })

    const equal = sample.beside('equal.json', { ...SECOND, limits: { green: 2 } })
    expect((await sample.json(['ingest', equal])).document).toMatchObject({ added: true, tasks: 1 })
    const own = await sample.json(['ingest', sample.beside('other.json', other), '--new'])
    expect(own.document).toMatchObject({ added: false, title: 'More numbers' })
  })

  it.runIf(DRILL)('is started again together with the plan that it was added to', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', FIRST)])
    await sample.json(['ingest', sample.beside('more.json', SECOND)])
    const session = sample.beside('s.session.json', SESSION)
    // One agent call is enough for a run to have begun.
    const run = ['run', '--agent', 'scripted', '--session', session, '--max-invocations', '1']
    const runs = [
      await sample.json(run),
      await sample.json([...run, '--new']),
      await sample.json([...run, '--new']),
    ]
    expect(runs.map(({ document }) => document)).toMatchObject(
      runs.map(() => ({ state: 'paused', tasks: { total: 2 } })),
    )
    expect(new Set(runs.map(({ document }) => document['run'])).size).toBe(3)
    expect((await sample.json(['status'])).document).toMatchObject({ run: { title: 'Numbers' } })
  })

  it.runIf(DRILL)(
    'is not started again with a command that the configuration no longer holds, unless somebody confirms it',
    async () => {
      const sample = cliSample()
      const suite = '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n'
      const check = '[suites.checks]\nsyntax = ["node", "--check", "src/add.js"]\n'
      sample.repo.commit({ '.tdd/config.toml': suite + check })
      const verify = [['node', '--check', 'src/add.js']]
      const plan = { ...FIRST, tasks: [numberTask('double', { verify })] }
      expect((await sample.cli(['ingest', sample.beside('plan.json', plan)])).code).toBe(0)
      const session = sample.beside('s.session.json', SESSION)
      const run = ['run', '--agent', 'scripted', '--session', session, '--max-invocations', '1']
      const first = await sample.json(run)
      expect((await sample.json([...run, '--new'])).code, 'it is configured still').toBe(75)

      sample.repo.commit({ '.tdd/config.toml': suite })
      const before = (await sample.json(['status'])).document
      const refused = await sample.json([...run, '--new'])
      expectError(refused, { code: 'commands_unconfirmed', says: /\["node","--check","src\/add\.js"\]/ })
      expectError(refused, { code: 'commands_unconfirmed', says: /--trust-commands/ })
      expect((await sample.json(['status'])).document['run']).toEqual(before['run'])
      const again = await sample.json([...run, '--new', '--trust-commands'])
      expect(again, again.stderr).toMatchObject({ code: 75, document: { state: 'paused' } })
      expect(again.document['run']).not.toBe(first.document['run'])
    },
  )
})

describe('a run that never started', () => {
  it.runIf(DRILL)(
    'hides no run that was worked after it, and is replaced when its tasks are handed in again',
    async () => {
      const sample = cliSample()
      const suite = '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n'
      const agent = '[agents.command]\nargv = ["false"]\n'
      sample.repo.commit({ '.tdd/config.toml': `${suite}setup = [["false"]]\n${agent}` })
      const first = sample.beside('plan.json', FIRST)
      const { run: old } = (await sample.json(['ingest', first])).document
      expectError(await sample.json(['run']), { code: 'setup_failed', says: /ingest PLAN --new/ })

      sample.repo.commit({ '.tdd/config.toml': `${suite}${agent}` })
      const other = await sample.json(['ingest', sample.beside('other.json', SECOND), '--new'])
      const { run } = other.document
      expect(other.document).toMatchObject({ replaced: [] })
      expect((await sample.json(['run'])).document).toMatchObject({ run, state: 'incomplete' })
      expect((await sample.json(['status'])).document).toMatchObject({
        run: { id: run, state: 'incomplete' },
      })
      expectError(await sample.json(['run', '--resume']), { code: 'nothing_to_run' })
      expect((await sample.json(['task', 'retry', 'TWICE-1'])).document).toMatchObject({ run })
      // Its agent breaks down at every call: the task is used up, or all its workers are held before.
      const resumed = await sample.json(['run', '--resume'])
      expect(resumed.document).toMatchObject({ run, state: expect.stringMatching(/^(incomplete|paused)$/) })

      const again = await sample.json(['ingest', first, '--new'])
      expect(again.document).toMatchObject({ replaced: [old] })
      expect((await sample.json(['task', 'cancel', 'DOUBLE-1'])).code).toBe(0)
      const { document } = await sample.json(['status'])
      expect(document).toMatchObject({ run: { id: again.document['run'], state: 'incomplete' } })
    },
  )
})
