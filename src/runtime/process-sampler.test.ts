import { describe, expect, it } from 'vitest'
import type { ProcessSample } from './exec.ts'
import { ProcessFamily } from './exec-ending.ts'
import { ProcessSampler } from './process-sampler.ts'
import type { ProcessRow, ProcessSource } from './process-tree.ts'

const OUTER = row(600, 1, 2)
const FIRST = row(601, 600, 3)
const COMMAND = row(602, 601, 40)
const CHILD = row(603, 602, 20)

describe('a look at the processes of a command', () => {
  it('says nothing of a sandbox that has no process of the command in it', async () => {
    for (const rows of [[OUTER], [OUTER, FIRST], [OUTER, FIRST, { ...COMMAND, inert: true }]])
      expect(await lookedAt(rows, { sandboxed: true })).toEqual([])
  })

  it('counts the memory and the processes of the command, and not those of its sandbox', async () => {
    expect(await lookedAt([OUTER, FIRST, COMMAND, CHILD], { sandboxed: true })).toMatchObject([
      { kind: 'look', cpuMs: 650, bytes: 602 + 603, processes: 2 },
    ])
  })

  it('counts every process where there is no sandbox', async () => {
    expect(await lookedAt([OUTER, FIRST], { sandboxed: false })).toMatchObject([
      { bytes: 600 + 601, processes: 2 },
    ])
  })

  it('has at least the memory that was seen already', async () => {
    expect(await lookedAt([COMMAND], { sandboxed: false, seenBytes: 9_000 })).toMatchObject([
      { bytes: 9_000, processes: 1 },
    ])
  })

  it('counts no time twice that is not there for a moment, since a process ends', async () => {
    const used = (...ticks: readonly number[]): ProcessRow[] =>
      ticks.map((each, index) => row(600 + index, 599 + index, each))
    const told = await looks([used(10, 5), used(10), used(16, 2)], { sandboxed: false })
    expect(told.map(({ cpuMs }) => cpuMs)).toEqual([150, 0, 30])
  })
})

interface Looked {
  readonly sandboxed: boolean
  readonly seenBytes?: number
}

function lookedAt(rows: readonly ProcessRow[], how: Looked): Promise<ProcessSample[]> {
  return looks([rows], how)
}

/** Each process has as many bytes as its number. */
async function looks(
  moments: readonly (readonly ProcessRow[])[],
  { sandboxed, seenBytes = 0 }: Looked,
): Promise<ProcessSample[]> {
  let moment = 0
  const source: ProcessSource = {
    list: () => Promise.resolve([...(moments[moment++] ?? [])]),
    marked: () => Promise.resolve({ found: [], unsure: false }),
    memoryBytes: (pids) => Promise.resolve(pids.reduce((sum, pid) => sum + pid, 0)),
  }
  const root = moments[0]?.[0] ?? OUTER
  const family = new ProcessFamily(source, { ...root, mark: 'mine', sandboxed })
  const samples: ProcessSample[] = []
  const sampler = new ProcessSampler({ list: () => source.list(), source, everyMs: 60_000 })
  const sampling = sampler.watch({ family, hear: (sample) => void samples.push(sample) })
  for (const _ of moments) await sampling.lastLook(seenBytes)
  sampling.stop()
  return samples
}

function row(pid: number, parent: number, cpuTicks: number): ProcessRow {
  return { pid, parent, group: 600, session: 600, startTicks: 10, cpuTicks, inert: false }
}
