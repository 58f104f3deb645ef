import { describe, expect, it, onTestFinished } from 'vitest'
import { WindowKeeper } from '../../src/engine/window-keeper.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { newRun } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const HOUR_MS = 3_600_000

describe('the keeper of a subscription', () => {
  it('pauses the run once less of a window is left than asked for, until the window ends', async () => {
    const { store } = await openStore()
    const { keeper, pauses } = await keeperOf(store, 0.3)
    const resetsAt = Date.now() + HOUR_MS
    await keeper.hear({ name: 'seven_day', used: 0.2, resetsAt: resetsAt + HOUR_MS })
    await keeper.hear({ name: 'five_hour', used: 0.69, resetsAt })
    expect(pauses).toEqual([])
    await keeper.hear({ name: 'five_hour', used: 0.74, resetsAt })
    expect(pauses).toHaveLength(1)
    expect(pauses[0]?.slice(0, 2)).toEqual(['window', resetsAt])
    expect(pauses[0]?.[2]).toMatch(/^26 % of the five hour window of the subscription is left, until /)
    expect(keeper.flag()).toBe('--leave-window 30%')
  })

  it('remembers it when the run is resumed, and forgets it once the window is over', async () => {
    const { store } = await openStore()
    const { keeper } = await keeperOf(store, 0.3)
    await keeper.hear({ name: 'five_hour', used: 0.9, resetsAt: Date.now() + HOUR_MS })
    expect((await keeperOf(store, 0.3)).pauses).toHaveLength(1)
    expect((await keeperOf(store, 0.05)).pauses).toEqual([])
    expect((await keeperOf(store, 0.3, Date.now() + 2 * HOUR_MS)).pauses).toEqual([])
  })

  it('pauses nothing where all may be used, and writes down what changes', async () => {
    const { store } = await openStore()
    const { keeper, pauses } = await keeperOf(store, null)
    const resetsAt = Date.now() + HOUR_MS
    for (const used of [0.5, 0.501, 0.52, 0.52]) await keeper.hear({ name: 'five_hour', used, resetsAt })
    expect(pauses).toEqual([])
    const told = await store.events({ after: 0, limit: 10, run: 'run-1', kind: 'subscription_window' })
    expect(told.map(({ data }) => data['used'])).toEqual([0.5, 0.52])
  })
})

async function openStore(): Promise<{ readonly store: Store }> {
  const store = await openSqliteStore({ path: tempStorePath(), clock: systemClock, owner: processIdentity() })
  onTestFinished(() => store.close())
  await store.createRun(newRun('run-1'), 1)
  return { store }
}

async function keeperOf(
  store: Store,
  leave: number | null,
  now?: number,
): Promise<{ readonly keeper: WindowKeeper; readonly pauses: (readonly [string, number | null, string])[] }> {
  const pauses: (readonly [string, number | null, string])[] = []
  const clock = { ...systemClock, now: () => now ?? Date.now() }
  const pause = (by: string, reason: string, until: number | null): void =>
    void pauses.push([by, until, reason])
  const keeper = await WindowKeeper.open({ run: 'run-1', store, clock, leave, pause })
  return { keeper, pauses }
}
