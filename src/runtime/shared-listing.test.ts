import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { linuxProcesses, type ProcessRow } from './process-tree.ts'
import { sharedListing } from './shared-listing.ts'

function counted() {
  const counter = { looks: 0 }
  const list = (): Promise<ProcessRow[]> => {
    counter.looks += 1
    return linuxProcesses.list()
  }
  return { counter, list }
}

it('shares one look at the processes among all who ask at the same time', async () => {
  const { counter, list } = counted()
  const shared = sharedListing({ list }, 60_000)
  const [first, second] = await Promise.all([shared(), shared()])
  expect(second).toEqual(first)
  expect(await shared()).toBe(first)
  expect(counter.looks).toBe(1)
})

it('looks again when the last look is too old', async () => {
  const { counter, list } = counted()
  const shared = sharedListing({ list }, 1)
  await shared()
  await sleep(20)
  await shared()
  expect(counter.looks).toBe(2)
})
