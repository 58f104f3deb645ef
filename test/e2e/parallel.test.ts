import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'

const FILES = {
  'package.json': '{ "name": "sample", "type": "module", "version": "1.0.0" }\n',
  'src/index.js': 'export const version = 1\n',
  'test/index.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { version } from '../src/index.js'
test('has a version', () => assert.equal(version, 1))
`,
}
const SUITES = [{ name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'] }]

describe('a run with several workers', () => {
  it('lands independent tasks, and one that depends on them last', async () => {
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    await sample.ingest(engine, plan([task('A'), task('B'), task('C', ['A', 'B'])]))
    const report = await sample.run(engine, session(['A', 'B', 'C']), { workers: 3 })
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 3 }, refusals: [] })
    expect(report.landed.map(({ task }) => task).at(-1)).toBe('C')
    const files = await engine.world.git.files((await engine.world.git.readCommit(report.head ?? '')).tree)
    expect([...files.keys()].filter((path) => path.startsWith('src/')).sort()).toEqual(['src/a.js', 'src/b.js', 'src/c.js', 'src/index.js'])
  })

  it('brings two tasks that change the same undeclared file together by a landing return', async () => {
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    await sample.ingest(engine, plan([task('A'), task('B')]))
    const shared = (name: string): unknown => ({
      edit: { 'src/index.js': [['export const version = 1\n', `export const version = 1\nexport * from './${name}.js'\n`]] },
    })
    const both = session(['A', 'B'])
    for (const key of ['A', 'B']) {
      const stages = both.tasks[key] as { green: unknown[][]; fix: unknown[][] }
      stages.green[0]?.push(shared(key.toLowerCase()))
      stages.fix.push([{ write: { 'src/index.js': "export const version = 1\nexport * from './a.js'\nexport * from './b.js'\n" } }])
    }
    const report = await sample.run(engine, both, { workers: 2 })
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 } })
    expect(report.refusals).toMatchObject([{ stage: 'landing', code: 'merge_conflict' }])
  })

  it('blocks only the descendants of a task that fails', async () => {
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    await sample.ingest(engine, plan([task('A'), task('B'), task('C', ['A'])]))
    const played = session(['A', 'B', 'C'])
    const bad = [{ write: { 'src/a.js': 'export const a = () => 0\n' } }]
    ;(played.tasks['A'] as { green: unknown[] }).green = [bad, bad, bad]
    const report = await sample.run(engine, played, { workers: 2 })
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 1, failed: 1, blocked: 1 } })
    expect(report.refusals.map(({ code }) => code)).toEqual(['tests_failed', 'tests_failed', 'tests_failed'])
  })

  it('resumes without paying again for accepted stages', async () => {
    const sample = engineSample(FILES)
    const winding = new AbortController()
    {
      await using engine = await sample.open()
      await sample.ingest(engine, plan([task('A'), task('B', ['A'])]))
      const stop = engine.world.store.waitForEvent(5, new AbortController().signal).then(() => winding.abort())
      const report = await sample.run(engine, session(['A', 'B']), { workers: 1, winding: winding.signal })
      await stop
      expect(report).toMatchObject({ state: 'interrupted' })
    }
    await using engine = await sample.open()
    const report = await sample.run(engine, session(['A', 'B']), { which: 'resume', workers: 1 })
    expect(report).toMatchObject({ state: 'completed', spend: { invocations: 4 }, attempts: 6 })
  })

  it('pauses when the invocations are spent and goes on with more', async () => {
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    await sample.ingest(engine, plan([task('A'), task('B')]))
    const budget = { invocations: 2, tokens: null, usd: null, timeMs: null }
    const paused = await sample.run(engine, session(['A', 'B']), { workers: 1, budget })
    expect(paused).toMatchObject({ state: 'paused', pausedBy: 'budget', spend: { invocations: 2 } })
    const report = await sample.run(engine, session(['A', 'B']), { workers: 1 })
    expect(report).toMatchObject({ state: 'completed', spend: { invocations: 4 } })
  })
})

function plan(tasks: readonly unknown[]): unknown {
  return { version: 1, title: 'Letters', project: { suites: SUITES }, tasks }
}

function task(key: string, dependsOn: readonly string[] = []): unknown {
  const name = key.toLowerCase()
  return {
    key,
    title: `Return ${name}`,
    criteria: [{ id: `AC-${key}`, text: `${name}() is "${name}"` }],
    tests: [`test/${name}.test.js`],
    sources: [`src/${name}.js`],
    dependsOn,
  }
}

function session(keys: readonly string[]): { version: 1; tasks: Record<string, unknown> } {
  return { version: 1, tasks: Object.fromEntries(keys.map((key) => [key, stages(key)])) }
}

function stages(key: string): { red: unknown[][]; green: unknown[][]; fix: unknown[][] } {
  const name = key.toLowerCase()
  const test = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('AC-${key} returns ${name}', () => assert.equal(${name}(), '${name}'))
`
  return {
    red: [[{ write: { [`test/${name}.test.js`]: test } }]],
    green: [[{ write: { [`src/${name}.js`]: `export const ${name} = () => '${name}'\n` } }]],
    fix: [],
  }
}
