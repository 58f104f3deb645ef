import { expect, it } from 'vitest'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { join } from 'node:path'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'

it('a run whose last task is cancelled while its suites are made ready ends as what it is', async () => {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  const plan = letterPlan(['A'])
  const [suite] = plan.project.suites
  const setup = [[process.execPath, '-e', 'setTimeout(() => undefined, 1_500)']]
  const run = await sample.ingest(engine, { ...plan, project: { suites: [{ ...suite, setup }] } })
  const cancelling: Promise<unknown>[] = []
  const report = await sample.run(engine, letterSession(['A']), {
    onSetup: () => {
      const path = join(engine.stateDirectory, 'store.db')
      const client = openStoreClient({ path, clock: systemClock, owner: processIdentity() })
      cancelling.push(
        client
          .handIn({ kind: 'cancel', run, task: 'A', reason: 'not wanted' })
          .finally(() => client[Symbol.dispose]()),
      )
    },
  })
  expect(await Promise.all(cancelling)).toEqual([true])
  expect(report).toMatchObject({ state: 'incomplete', tasks: { total: 1, cancelled: 1 } })
})
