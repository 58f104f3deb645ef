import { describe, expect, it } from 'vitest'
import { type Circuit, type CircuitLevel, FLAPPING_MS, newCircuit } from './circuit.ts'
import { circuitHealth } from './circuit-health.ts'

const CLOSED = newCircuit(0)
const OPEN: Circuit = { state: 'open', since: 1, probeAt: 2, history: CLOSED.history }
const RETIRED: Circuit = { ...OPEN, probeAt: null }
const HALF: Circuit = { state: 'half_open', since: 1, probes: [], successes: 0, history: CLOSED.history }
const FLAPPING: Circuit = {
  ...CLOSED,
  history: { ...CLOSED.history, flapping: true, changes: [1, 2, 3] },
}

describe('the health of circuits', () => {
  it.each<[string, readonly [CircuitLevel, Circuit][] | null]>([
    ['UNKNOWN', null],
    ['HEALTHY', []],
    ['HEALTHY', [['stage', CLOSED]]],
    ['DEGRADED', [['stage', OPEN]]],
    ['DEGRADED', [['worker', HALF]]],
    ['DEGRADED', [['worker', FLAPPING]]],
    ['DEGRADED', [['system', HALF]]],
    ['UNHEALTHY', [['system', OPEN]]],
    [
      'UNHEALTHY',
      [
        ['stage', OPEN],
        ['stage', OPEN],
        ['worker', OPEN],
      ],
    ],
    [
      'DEGRADED',
      [
        ['worker', RETIRED],
        ['worker', RETIRED],
        ['worker', RETIRED],
      ],
    ],
  ])('is %s for %j', (status, circuits) => {
    const rows =
      circuits?.map(([level, circuit], index) => ({ level, identifier: `${index}`, circuit })) ?? null
    expect(circuitHealth(rows, 10).status).toBe(status)
  })

  it('is well again once one that flapped is calm, though nobody asked it since', () => {
    const rows = [{ level: 'worker', identifier: 'worker_1', circuit: FLAPPING }] as const
    expect(circuitHealth(rows, FLAPPING_MS)).toMatchObject({ status: 'DEGRADED', flapping: 1 })
    expect(circuitHealth(rows, FLAPPING_MS + 1)).toMatchObject({ status: 'HEALTHY', flapping: 0 })
  })

  it('says why, the gravest first', () => {
    const rows = [
      { level: 'worker', identifier: 'worker_1', circuit: HALF },
      { level: 'stage', identifier: 'A:green', circuit: OPEN },
      { level: 'system', identifier: 'system', circuit: OPEN },
    ] as const
    const { reasons } = circuitHealth(rows, 10)
    expect(reasons).toEqual([
      'the circuit of the run is open: nothing is claimed',
      'stage:A:green is open',
      'worker:worker_1 is half open',
    ])
  })
})
