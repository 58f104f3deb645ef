import { statSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { NewEvent } from '../../src/domain/event.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const MIB = 1024 * 1024
const LIMIT = 32 * MIB

it('the log of a store is cut back once a large change in it is in the database', async () => {
  const path = tempStorePath()
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  const event = (text: string): NewEvent => ({
    run: null,
    kind: 'budget_warning',
    task: null,
    attempt: null,
    data: { text },
  })
  const large = event('x'.repeat(MIB))
  await store.append(
    Array.from({ length: 40 }, () => large),
    1,
  )
  const grown = statSync(`${path}-wal`).size
  expect(grown).toBeGreaterThan(LIMIT)
  await store.append([event('small')], 2)
  expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(LIMIT)
})
