import { describe, expect, it } from 'vitest'
import { type Circuit, newCircuit } from './circuit.ts'
import { byWeight, heldCircuits } from './held-circuits.ts'

const { history } = newCircuit(0)
const open = (probeAt: number | null): Circuit => ({ state: 'open', since: 1, probeAt, history })

describe('the circuits that hold something back now', () => {
  it('are those that wait, of work that would go on, the run before workers before stages', () => {
    const rows = [
      { level: 'stage', identifier: 'A:red', circuit: open(900), ended: 'task_failed' },
      { level: 'stage', identifier: 'B:red', circuit: open(900), ended: null },
      { level: 'worker', identifier: 'worker_1', circuit: open(50), ended: null },
      { level: 'worker', identifier: 'worker_2', circuit: open(null), ended: null },
      { level: 'worker', identifier: 'worker_3', circuit: newCircuit(0), ended: null },
      { level: 'system', identifier: 'system', circuit: open(800), ended: null },
    ] as const
    expect(heldCircuits(rows, 100).map(({ identifier, wait }) => [identifier, wait])).toEqual([
      ['system', { for: 'time', until: 800 }],
      ['worker_2', { for: 'person' }],
      ['B:red', { for: 'time', until: 900 }],
    ])
    const order = rows.toSorted(byWeight).map(({ identifier }) => identifier)
    expect(order).toEqual(['system', 'worker_1', 'worker_2', 'worker_3', 'B:red', 'A:red'])
  })
})
