import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { followEvents } from '../../src/observe/follow-events.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { newRun, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

describe('following events', () => {
  let path: string
  beforeEach(() => {
    path = tempStorePath()
  })

  it('waits for the first store, and begins anew with the store that takes its place', async () => {
    const ending = new AbortController()
    const told = followEvents(path, { after: 0, clock: systemClock, signal: ending.signal })
    const first = told.next()
    const before = await storeWith(path, ['run-1'])
    expect([await first, ...(await following(told, before.length - 1))].map(seen)).toEqual(before)
    const next = told.next()
    rmSync(dirname(path), { recursive: true })
    mkdirSync(dirname(path))
    const after = await storeWith(path, ['run-2', 'run-3'])
    expect(seen(await next)).toBe('another_store')
    expect((await following(told, after.length)).map(seen)).toEqual(after)
    ending.abort()
    expect(await told.next()).toEqual({ done: true, value: undefined })
  })

  it('begins at the first where the store has not come as far as the cursor', async () => {
    const all = await storeWith(path, ['run-1'])
    const from = (after: number) =>
      followEvents(path, { after, clock: systemClock, signal: AbortSignal.timeout(1_000) })
    await using ahead = from(37)
    expect((await following(ahead, 2)).map(seen)).toEqual(['another_store', 1])
    await using at = from(all.length - 1)
    expect((await following(at, 1)).map(seen)).toEqual([all.length])
  })
})

async function following(told: Followed, count: number): Promise<Told[]> {
  const all: Told[] = []
  while (all.length < count) all.push(await told.next())
  return all
}

type Followed = ReturnType<typeof followEvents>
type Told = Awaited<ReturnType<Followed['next']>>

function seen({ value }: Told): number | string | null {
  if (value === undefined) return null
  return value.kind === 'event' ? value.event.seq : value.kind
}

/** The numbers of its events. */
async function storeWith(path: string, runs: readonly string[]): Promise<number[]> {
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  for (const run of runs) await store.createRun({ ...newRun(run), tasks: [taskDefinition('A')] }, 1)
  return (await store.events({ after: 0, limit: 100 })).map(({ seq }) => seq)
}
