import { expect, it } from 'vitest'
import { requireSetup } from '../../src/engine/backtest/require-setup.ts'
import { engineSample } from '../support/engine-sample.ts'
import { doingBefore } from '../support/interleave.ts'
import { letterFiles } from '../support/letters.ts'
import { sampleSuite } from '../support/proof-samples.ts'

it('a stop while a history is set up is the stop of a person, and no fault of the program', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  const stop = new AbortController()
  const verification = doingBefore(engine.world.verification, 'within', () => stop.abort())
  const asked = {
    suites: [sampleSuite({ setup: [['node', '--version']] })],
    trees: [sample.repo.git('rev-parse', 'HEAD^{tree}')],
    signal: stop.signal,
    tell: () => undefined,
  }
  await expect(requireSetup({ ...engine.world, verification }, asked)).rejects.toMatchObject({
    code: 'interrupted',
  })
})
