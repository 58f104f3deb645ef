import { describe, expect, it } from 'vitest'
import { type Circuit, newCircuit } from './circuit.ts'
import { claimWaitMs } from './claim-wait.ts'

const { history } = newCircuit(0)
const open = (probeAt: number | null): Circuit => ({ state: 'open', since: 1, probeAt, history })
const worker = (number: number, circuit: Circuit) =>
  ({ level: 'worker', identifier: `worker_${number}`, circuit }) as const
const system = (circuit: Circuit) => ({ level: 'system', identifier: 'system', circuit }) as const

describe('the time in which a run claims nothing', () => {
  it.each([
    ['none where nothing is held', [], 0],
    ['that of the run', [system(open(900))], 800],
    ['none once that is over', [system(open(100))], 0],
    ['none where only a person ends it', [system(open(null))], 0],
    ['that of the first of its workers', [worker(1, open(700)), worker(2, open(600))], 500],
    ['none where a worker is free', [worker(1, open(700))], 0],
    ['the longer of both', [system(open(900)), worker(1, open(700)), worker(2, open(600))], 800],
  ])('is %s', (_, circuits, ms) => {
    expect(claimWaitMs({ circuits, workers: ['worker_1', 'worker_2'], now: 100 })).toBe(ms)
  })
})
