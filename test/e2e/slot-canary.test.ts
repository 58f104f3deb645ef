import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check } from '../../src/engine/check.ts'
import { openBench } from '../../src/engine/open.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { allEvents } from '../support/played-tasks.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { DRILL } from '../support/drill.ts'

/** The old test takes the package by its name, as it is installed. */
const BY_NAME = {
  ...letterFiles,
  'package.json': '{ "name": "sample", "type": "module", "main": "src/index.js" }\n',
  'test/index.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { version } from 'sample'
test('has a version', () => assert.equal(version, 1))
`,
}

/** Links the package to the tree itself, or to a place outside of every slot. */
const setupFor = (target: string): string => `import { mkdirSync, symlinkSync } from 'node:fs'
mkdirSync('node_modules', { recursive: true })
symlinkSync(${JSON.stringify(target)}, 'node_modules/sample', 'dir')
`

const plan = (): unknown => {
  const base = letterPlan(['A']) as { project: { suites: object[] } }
  const suites = base.project.suites.map((suite) => ({ ...suite, setup: [['node', 'setup.mjs']] }))
  return { ...base, project: { suites } }
}

describe('a slot that setup made', () => {
  it('in which tests run a copy outside of it is found out and told', async () => {
    const sample = engineSample(BY_NAME)
    const shared = join(sample.repo.directory, 'shared')
    mkdirSync(join(shared, 'src'), { recursive: true })
    writeFileSync(join(shared, 'package.json'), BY_NAME['package.json'])
    writeFileSync(join(shared, 'src', 'index.js'), BY_NAME['src/index.js'])
    sample.repo.commit({ 'setup.mjs': setupFor(shared) })
    // In a sandbox nothing can be reached there at all.
    await using engine = await sample.open({}, 'off')
    await sample.ingest(engine, plan())
    const report = await sample.run(engine, letterSession(['A']))
    const blind = (await allEvents(engine)).filter(({ kind }) => kind === 'slot_blind')
    expect(blind[0]?.data).toMatchObject({
      suite: 'main',
      source: 'src/index.js',
      test: 'test/index.test.js',
    })
    expect(report.warnings).toEqual([
      expect.stringContaining('does not notice a broken line in src/index.js'),
    ])
  })

  it.runIf(DRILL)('and runs its own files is guarded without a word', async () => {
    const sample = engineSample(BY_NAME)
    sample.repo.commit({ 'setup.mjs': setupFor('..') })
    await using engine = await sample.open()
    await sample.ingest(engine, plan())
    const report = await sample.run(engine, letterSession(['A']))
    expect(report).toMatchObject({ state: 'completed', warnings: [], refusals: [] })
  })

  it.each([
    ['1', 'tests_failed'],
    ['2', 'unexpected_green'],
  ])('proves no commit whose tests run a copy outside of it that has version %s', async (there, code) => {
    const repo = tempRepo(BY_NAME)
    const shared = join(repo.directory, 'shared')
    mkdirSync(join(shared, 'src'), { recursive: true })
    writeFileSync(join(shared, 'package.json'), BY_NAME['package.json'])
    writeFileSync(join(shared, 'src', 'index.js'), `export const version = ${there}\n`)
    const suite = 'name = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]'
    repo.commit({
      'setup.mjs': setupFor(shared),
      '.tdd/config.toml': `[[suites]]\n${suite}\nsetup = [["node", "setup.mjs"]]\n`,
    })
    repo.commit({
      'src/index.js': 'export const version = 2\n',
      'test/index.test.js': BY_NAME['test/index.test.js'].replace('version, 1', 'version, 2'),
    })
    await using bench = await openBench({
      directory: repo.root,
      env: { ...repo.env, XDG_STATE_HOME: repo.state },
      flags: {},
      sandbox: 'off',
    })
    const asked = { range: 'HEAD~1..HEAD', signal: new AbortController().signal, onSuite: () => undefined }
    const { verdict, refusals } = await check(bench, asked)
    expect(verdict).toBe('refused')
    expect(refusals.map((refusal) => refusal.code)).toContain(code)
  })
})
