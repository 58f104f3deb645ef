import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { isAlive, isInOtherContainer, processIdentity } from '../../src/runtime/process-identity.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openStoreClient } from '../../src/store/client.ts'
import { mayWrite } from '../../src/store/may-write.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { canCountAnew, OTHER_CONTAINER } from '../support/other-container.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const STORE_OWNER = new URL('../support/store-owner.ts', import.meta.url).pathname
const LEASE_MS = 1_500

it.runIf(canCountAnew())(
  'a process in another container of this machine has its store until it is silent for its lease',
  async () => {
    const path = tempStorePath()
    const other = await ownerIn(OTHER_CONTAINER, path)
    const identity = ownerOf(path)
    expect(isInOtherContainer(identity)).toBe(true)
    expect(isAlive(identity)).toBeNull()
    await expect(open(path)).rejects.toMatchObject({
      code: 'store_owned',
      hint: expect.stringContaining('in its container') as string,
    })
    using client = openStoreClient({ path, clock: systemClock, owner: processIdentity(), answerMs: 200 })
    const change = { kind: 'stop', run: 'one', now: true } as const
    await expect(client.handIn(change)).rejects.toMatchObject({ code: 'store_owned' })
    other.kill('SIGKILL')
    await once(other, 'exit')
    await systemClock.sleep(LEASE_MS)
    await using store = await open(path)
    expect(ownerOf(path)).toEqual(processIdentity())
    await store.run('one')
  },
)

it('who was started before containers were told apart is known by its number, where none of both is in one', () => {
  const identity = processIdentity()
  const [boot = ''] = identity.bootId.split(' ')
  expect(isInOtherContainer({ ...identity, bootId: boot })).toBe(identity.bootId !== boot)
  expect(isInOtherContainer({ ...identity, bootId: `${boot} pid:[1]` })).toBe(true)
  expect(isAlive({ ...identity, bootId: `another pid:[1]` })).toBe(false)
  expect(isAlive({ ...identity, host: 'elsewhere', bootId: `${boot} pid:[1]` })).toBeNull()
})

it.each([
  ['within its lease', { leaseUntil: 11_000 }, true],
  ['behind its lease', { leaseUntil: 9_999 }, false],
  ['with one that lasts longer than any, as the clock was set back', { leaseUntil: 45_000 }, false],
  ['once it has given it up', { leaseUntil: 11_000, released: true }, false],
])('whoever owns it in another container may write to a store %s', (_, owner, may) => {
  const me = processIdentity()
  const identity = { ...me, bootId: `${me.bootId.split(' ')[0]} pid:[1]` }
  const beside = { identity, epoch: 1, since: 0, released: false, passing: false, ...owner }
  expect(mayWrite(beside, 10_000)).toBe(may)
  expect(mayWrite({ ...beside, identity: { ...identity, host: 'elsewhere' } }, 10_000)).toBe(!beside.released)
})

function open(path: string): Promise<Store> {
  return openSqliteStore({ path, clock: systemClock, owner: processIdentity(), leaseMs: LEASE_MS })
}

function ownerOf(path: string): ReturnType<typeof processIdentity> {
  using reader = openReader(path)
  const owner = reader?.owner()
  if (owner === null || owner === undefined) throw new Error('nobody owns it')
  return owner.identity
}

/** Resolves once it owns the store and has written. */
async function ownerIn(launch: readonly string[], path: string): Promise<ChildProcess> {
  const [program, ...rest] = [...launch, process.execPath, STORE_OWNER, path, String(LEASE_MS)]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(createInterface({ input: child.stdout }), 'line')
  child.stdout.resume()
  return child
}
