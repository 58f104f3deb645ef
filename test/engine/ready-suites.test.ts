import { expect, it } from 'vitest'
import { readySuites } from '../../src/engine/ready-suites.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterPlan } from '../support/letters.ts'
import { sampleSuite } from '../support/proof-samples.ts'

it('asks no suite of a directory that only comes with its first task', async () => {
  const sample = engineSample({ 'README.md': '', 'svc.md': '', 'web/README.md': '' })
  await using engine = await sample.open()
  const run = await sample.ingest(engine, letterPlan(['A']))
  const setUpIn = async (cwd: string): Promise<string[]> => {
    const begun: string[] = []
    await readySuites(engine.world, {
      run,
      suites: new Map([['main', sampleSuite({ cwd, setup: [['node', '--version']] })]]),
      head: sample.repo.git('rev-parse', 'HEAD'),
      signal: new AbortController().signal,
      onSetup: (suite) => begun.push(suite.cwd),
    })
    return begun
  }
  expect(await setUpIn('svc')).toEqual([])
  expect(await setUpIn('web')).toEqual(['web'])
})
