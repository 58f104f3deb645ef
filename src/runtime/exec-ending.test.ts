import { expect, it } from 'vitest'
import { ProcessFamily } from './exec-ending.ts'
import type { ProcessRow, ProcessSource } from './process-tree.ts'

const ROW: ProcessRow = { pid: 0, parent: 1, group: 0, session: 0, startTicks: 10, cpuTicks: 0, inert: false }

it('looks again when nobody is found, for one who was started while it looked', async () => {
  const looks: readonly (readonly number[])[] = [[], [700]]
  let look = 0
  const source: ProcessSource = {
    list: () =>
      Promise.resolve((looks[look++] ?? []).map((pid) => ({ ...ROW, pid, group: pid, session: pid }))),
    marked: (rows) =>
      Promise.resolve({ found: rows.map(({ pid }) => ({ pid, mark: 'mine' })), unsure: false }),
    memoryBytes: () => Promise.resolve(0),
  }
  const family = new ProcessFamily(source, { pid: 600, startTicks: 5, mark: 'mine', sandboxed: false })
  expect(await family.everyone()).toEqual([700])
  expect(await family.everyone()).toEqual([])
})
