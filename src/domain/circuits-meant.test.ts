import { describe, expect, it } from 'vitest'
import { circuitsMeant } from './circuits-meant.ts'

const NAMES = ['system:system', 'worker:worker_1', 'worker:worker_2', 'stage:A:red', 'stage:A:green']

describe('circuits that are meant', () => {
  it.each([
    ['system', ['system:system']],
    ['worker_1', ['worker:worker_1']],
    ['wroker_2', ['worker:worker_2']],
    ['worker', ['worker:worker_1', 'worker:worker_2']],
    ['stage:A', ['stage:A:red', 'stage:A:green']],
    ['A:green', ['stage:A:green']],
    ['stage:A:gren', ['stage:A:green']],
    ['nothing-like-it', []],
  ])('by %s', (asked, meant) => {
    expect(circuitsMeant(asked, NAMES)).toEqual(meant)
  })

  it('are no more than can be read', () => {
    const stages = Array.from({ length: 50 }, (_, index) => `stage:T${index}:red`)
    expect(circuitsMeant('stage', stages)).toHaveLength(8)
  })
})
