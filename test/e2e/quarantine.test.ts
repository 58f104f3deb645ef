import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import type { Store } from '../../src/store/store.ts'
import { answerOpenRequests } from '../../src/store/requests.ts'
import { type CliSample, cliSample, expectError, storeOf } from '../support/cli-sample.ts'
import { newRun } from '../support/store-data.ts'

const OLD = { file: 'test/old.test.js', name: 'flickers' }
const OTHER = { file: 'test/other.test.js', name: 'flickers too' }

describe('quarantine', () => {
  it('is listed and cleared by name where no run goes on', async () => {
    const sample = cliSample()
    expect((await sample.json(['quarantine', 'list'])).document).toEqual({ quarantined: [] })
    await (await storeWith(sample, [OLD, OTHER])).close()
    expect((await sample.json(['quarantine', 'list'])).document).toMatchObject({
      quarantined: [{ ...OLD, task: 'A' }, OTHER],
    })
    expect((await sample.json(['status'])).document).toMatchObject({ quarantined: 2 })
    expectError(await sample.json(['quarantine', 'clear']), { code: 'usage', says: /--all/ })
    expectError(await sample.json(['quarantine', 'clear', OLD.file, 'flicker']), { code: 'test_unknown' })
    expect(await sample.json(['quarantine', 'clear', OLD.file, OLD.name])).toMatchObject({
      code: 0,
      document: { cleared: [OLD] },
    })
    const shown = await sample.cli(['quarantine', 'list'])
    expect(shown.stdout).toContain('flickers too')
    expect(shown.stdout).not.toContain(OLD.file)
    expect((await sample.cli(['quarantine', 'clear', '--all'])).stdout).toContain('1 test cleared')
  })

  it('is cleared by the owner of the store beside it', async () => {
    const sample = cliSample()
    await using store = await storeWith(sample, [OLD])
    store.onRequest(() => void answerOpenRequests(store, { clock: systemClock, stop: null }))
    expect(await sample.json(['quarantine', 'clear', OLD.file])).toMatchObject({
      document: { cleared: [OLD] },
    })
    expect(await store.quarantined()).toEqual([])
    const last = (await store.events({ after: 0, limit: 100 })).map(({ kind }) => kind)
    expect(last).toEqual(
      expect.arrayContaining(['test_quarantined', 'quarantine_cleared', 'request_answered']),
    )
  })
})

async function storeWith(
  sample: CliSample,
  tests: readonly { file: string; name: string }[],
): Promise<Store> {
  const db = await storeOf(sample)
  const store = await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
  await store.createRun(newRun('run-1'), 1)
  await store.quarantine({ run: 'run-1', task: 'A', tests }, 2)
  return store
}
