import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { DRILL } from '../support/drill.ts'

describe('a run with several workers', () => {
  it('lands independent tasks, and one that depends on them last', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B', 'C'], { C: ['A', 'B'] }))
    const report = await sample.run(engine, letterSession(['A', 'B', 'C']), { workers: 3 })
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 3 }, refusals: [] })
    expect(report.landed.map(({ task }) => task).at(-1)).toBe('C')
    const files = await engine.world.git.files((await engine.world.git.readCommit(report.head ?? '')).tree)
    expect([...files.keys()].filter((path) => path.startsWith('src/')).sort()).toEqual([
      'src/a.js',
      'src/b.js',
      'src/c.js',
      'src/index.js',
    ])
  })

  it('brings two tasks that change the same undeclared file together by a landing return', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const shared = (name: string): unknown => ({
      edit: {
        'src/index.js': [
          ['export const version = 1\n', `export const version = 1\nexport * from './${name}.js'\n`],
        ],
      },
    })
    const both = letterSession(['A', 'B'])
    for (const key of ['A', 'B']) {
      const stages = both.tasks[key]
      stages?.green[0]?.push(shared(key.toLowerCase()))
      stages?.fix.push([
        {
          write: {
            'src/index.js': "export const version = 1\nexport * from './a.js'\nexport * from './b.js'\n",
          },
        },
      ])
    }
    const report = await sample.run(engine, both, { workers: 2 })
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 } })
    expect(report.refusals).toMatchObject([{ stage: 'landing', code: 'merge_conflict' }])
  })

  it('blocks only the descendants of a task that fails', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B', 'C'], { C: ['A'] }))
    const played = letterSession(['A', 'B', 'C'])
    const bad = [{ write: { 'src/a.js': 'export const a = () => 0\n' } }]
    Object.assign(played.tasks['A'] ?? {}, { green: [bad, bad, bad] })
    const report = await sample.run(engine, played, { workers: 2 })
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 1, failed: 1, blocked: 1 } })
    expect(report.refusals.map(({ code }) => code)).toEqual(['tests_failed', 'tests_failed', 'tests_failed'])
  })

  it('resumes without paying again for accepted stages', async () => {
    const sample = engineSample(letterFiles)
    const winding = new AbortController()
    {
      await using engine = await sample.open()
      await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
      const stop = engine.world.store
        .waitForEvent(5, new AbortController().signal)
        .then(() => winding.abort())
      const report = await sample.run(engine, letterSession(['A', 'B']), {
        workers: 1,
        winding: winding.signal,
      })
      await stop
      expect(report).toMatchObject({ state: 'interrupted' })
    }
    await using engine = await sample.open()
    const report = await sample.run(engine, letterSession(['A', 'B']), { which: 'resume', workers: 1 })
    expect(report).toMatchObject({ state: 'completed', spend: { invocations: 4 }, attempts: 6 })
  })

  it.runIf(DRILL)('pauses when the invocations are spent and goes on with more', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const budget = { invocations: 2, tokens: null, usd: null, timeMs: null }
    const paused = await sample.run(engine, letterSession(['A', 'B']), { workers: 1, budget })
    expect(paused).toMatchObject({ state: 'paused', pausedBy: 'budget', spend: { invocations: 2 } })
    const report = await sample.run(engine, letterSession(['A', 'B']), { workers: 1 })
    expect(report).toMatchObject({ state: 'completed', spend: { invocations: 4 } })
  })
})
