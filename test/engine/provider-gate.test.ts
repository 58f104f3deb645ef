import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ProviderGate, ProviderHeld } from '../../src/engine/provider-gate.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { newRun } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const never = new AbortController().signal

describe('the gate before a provider', () => {
  it('lets all of a run ask, until one hears that the provider does not serve', async () => {
    const { gate } = await openGate(4)
    const turns = await Promise.all([1, 2, 3, 4].map(() => gate.enter(never)))
    await gate.limit('rate_limit', Date.now() + 1_500)
    // There is room for one more, but not yet.
    for (const turn of turns.slice(1)) turn.leave(false)
    expect(await isLetIn(gate, 300)).toBe(false)
    expect(await isLetIn(gate, 1_600)).toBe(true)
  })

  it('lets half as many ask when it serves again, and one more with each that was served', async () => {
    const { gate } = await openGate(4)
    const turns = await Promise.all([1, 2, 3, 4].map(() => gate.enter(never)))
    await gate.limit('rate_limit', Date.now() + 1_100)
    for (const turn of turns) turn.leave(false)
    const [first] = await Promise.all([gate.enter(never), gate.enter(never)])
    expect(await isLetIn(gate, 300)).toBe(false)
    first?.leave(true)
    // A second time changes nothing.
    first?.leave(true)
    await Promise.all([gate.enter(never), gate.enter(never)])
    expect(await isLetIn(gate, 300)).toBe(false)
  })

  it('lets those who waited with their work in hand go on as many at once as it lets others in', async () => {
    const { gate } = await openGate(4)
    const turns = await Promise.all([1, 2, 3, 4].map(() => gate.enter(never)))
    await gate.limit('overloaded', Date.now() + 1_000)
    let asking = 0
    for (const turn of turns) void turn.again(never).then(() => (asking += 1))
    await systemClock.sleep(1_500)
    expect(asking).toBe(2)
    expect(await isLetIn(gate, 300)).toBe(false)
    // One that is served makes room for itself and one more.
    const served = turns[0]
    served?.leave(true)
    served?.leave(true)
    await vi.waitFor(() => expect(asking).toBe(4), { timeout: 10_000 })
  })

  it('counts nobody twice who leaves while it waits', async () => {
    const { gate } = await openGate(1)
    const turn = await gate.enter(never)
    await gate.limit('overloaded', Date.now() + 1_000)
    const stop = new AbortController()
    const waiting = turn.again(stop.signal)
    stop.abort()
    await expect(waiting).rejects.toBeInstanceOf(ProviderHeld)
    turn.leave(false)
    await gate.enter(never)
    expect(await isLetIn(gate, 300)).toBe(false)
  })

  it('gives back who would wait too long, and who is to begin nothing new', async () => {
    const { gate } = await openGate(1)
    await gate.limit('rate_limit', Date.now() + 3_600_000)
    await expect(gate.enter(never)).rejects.toBeInstanceOf(ProviderHeld)
    const { gate: other } = await openGate(1)
    await other.limit('overloaded', Date.now() + 30_000)
    const stop = new AbortController()
    const waiting = other.enter(stop.signal)
    stop.abort()
    await expect(waiting).rejects.toBeInstanceOf(ProviderHeld)
    await expect(other.enter(stop.signal)).rejects.toBeInstanceOf(ProviderHeld)
  })

  it('lets one ask after a restart where a limit is not over, and believes no limit of years', async () => {
    const { gate, store } = await openGate(3)
    await gate.limit('rate_limit', Date.now() + 9e12)
    const [told] = await store.events({ after: 0, limit: 10, run: 'run-1', kind: 'provider_limited' })
    expect(told?.data).toMatchObject({ cause: 'rate_limit' })
    expect(Number(told?.data['until'])).toBeLessThan(Date.now() + 9 * 86_400_000)
    const again = await gateOf(store, 3)
    await again.enter(never)
    expect(await isLetIn(again, 300)).toBe(false)
  })
})

async function openGate(most: number): Promise<{ readonly gate: ProviderGate; readonly store: Store }> {
  const store = await openSqliteStore({ path: tempStorePath(), clock: systemClock, owner: processIdentity() })
  onTestFinished(() => store.close())
  await store.createRun(newRun('run-1'), Date.now())
  return { gate: await gateOf(store, most), store }
}

function gateOf(store: Store, most: number): Promise<ProviderGate> {
  return ProviderGate.open({ run: 'run-1', store, clock: systemClock, most, longestWaitMs: 60_000 })
}

async function isLetIn(gate: ProviderGate, withinMs: number): Promise<boolean> {
  const stop = new AbortController()
  const entered = gate.enter(stop.signal).then(
    () => true,
    () => false,
  )
  await systemClock.sleep(withinMs)
  stop.abort()
  return entered
}
