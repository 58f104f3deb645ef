import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, retriedSession } from '../support/letters.ts'

const NO_BUDGET = { invocations: null, tokens: null, usd: null, timeMs: null }

it.each([
  { lost: 'before GREEN', invocations: 1, completes: false },
  { lost: 'with nothing accepted', invocations: 0, completes: true },
])(
  'accepted work that git has lost is told to a person, with the way to begin again: $lost',
  async ({ invocations, completes }) => {
    const sample = engineSample(letterFiles)
    let run = ''
    {
      await using engine = await sample.open()
      run = await sample.ingest(engine, letterPlan(['A']))
      if (invocations > 0)
        await sample.run(engine, retriedSession('A'), { budget: { ...NO_BUDGET, invocations } })
      rmSync(join(engine.stateDirectory, 'objects.git'), { recursive: true })
    }
    await using engine = await sample.open()
    const report = await sample.run(engine, retriedSession('A'))
    if (completes) return expect(report).toMatchObject({ tasks: { completed: 1 } })
    expect(report).toMatchObject({ state: 'incomplete', tasks: { needs_human: 1 } })
    const task = await engine.world.store.task(run, 'A')
    expect(task?.state).toMatchObject({
      state: 'needs_human',
      reason: expect.stringMatching(
        /the accepted work of A is gone: no commit [0-9a-f]{40} .*orchestrator task retry A --from red/,
      ) as string,
    })
    await engine.world.store.retry(run, 'A', { from: 'red', note: null }, engine.world.clock.now())
    expect(await sample.run(engine, retriedSession('A'))).toMatchObject({ tasks: { completed: 1 } })
  },
)
