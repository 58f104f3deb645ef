import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterSource, letterTest } from '../support/letters.ts'
import { playedPlan, playedSession, refusalLines } from '../support/played-tasks.ts'

const ROUTE = 'src/[id]/{page}.js'
const ROUTE_TEST = 'test/[id].test.js'
const routeTest = letterTest('A').replace('../src/a.js', `../${ROUTE}`)

const route = {
  A: {
    task: { tests: [ROUTE_TEST], sources: [ROUTE] },
    red: [[{ write: { [ROUTE_TEST]: routeTest } }]],
    green: [[{ write: { [ROUTE]: letterSource('A') } }]],
  },
}

describe('the paths of a task', () => {
  it('may have brackets and braces in their names, and land under those names', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(route))
    const report = await sample.run(engine, playedSession(route))
    expect(report).toMatchObject({ state: 'completed', refusals: [] })
    const landed = sample.repo.git('ls-tree', '-r', '--name-only', String(report.target))
    expect(landed.split('\n')).toEqual(expect.arrayContaining([ROUTE, ROUTE_TEST]))
  })

  it('do not admit what their brackets would mean as a pattern', async () => {
    const tasks = { A: { ...route.A, red: [[{ write: { 'test/i.test.js': routeTest } }], ...route.A.red] } }
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    expect(refusalLines(report)).toEqual(['A red wrong_files'])
    expect(report.refusals[0]?.fact).toContain('test/i.test.js')
  })

  it('let two tasks work beside each other where a pattern of one would fit the other', async () => {
    const tasks = { ...route, I: {} }
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    expect(report).toMatchObject({ state: 'completed', refusals: [], tasks: { completed: 2 } })
  })
})
