import { describe, expect, it } from 'vitest'
import { type Circuit, type CircuitLevel, FLAPPING_MS, newCircuit } from './circuit.ts'
import { CIRCUIT_ENDS } from './circuit-end.ts'
import { circuitHealth, NOTHING_AMISS } from './circuit-health.ts'

const CLOSED = newCircuit(0)
const OPEN: Circuit = { state: 'open', since: 1, probeAt: 2, history: CLOSED.history }
const HALF: Circuit = { state: 'half_open', since: 1, probes: [], successes: 0, history: CLOSED.history }
const FLAPPING: Circuit = {
  ...CLOSED,
  history: { ...CLOSED.history, flapping: true, changes: [1, 2, 3] },
}

const at = (now: number) => ({ ...NOTHING_AMISS, now })

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
  ])('is %s for %j', (status, circuits) => {
    const rows =
      circuits?.map(([level, circuit], index) => ({ level, identifier: `${index}`, circuit, ended: null })) ??
      null
    expect(circuitHealth(rows, at(10)).status).toBe(status)
  })

  it('is not of a run that has ended, whose circuit somebody else opened since', () => {
    const row = { level: 'system', identifier: 'system', circuit: OPEN, ended: 'run_ended' } as const
    expect(circuitHealth([row], at(0))).toMatchObject({ status: 'DEGRADED', ended: 1 })
  })

  it.each(CIRCUIT_ENDS)('counts none of many open circuits where %s', (ended) => {
    const level = ended.startsWith('task_') ? 'stage' : 'worker'
    const rows = ['A', 'B', 'C', 'D'].map(
      (identifier) => ({ level, identifier, circuit: OPEN, ended }) as const,
    )
    expect(circuitHealth(rows, at(10))).toMatchObject({ status: 'DEGRADED', open: 4, ended: 4 })
    const others = rows.slice(0, 2).map((row) => ({ ...row, ended: null }))
    expect(circuitHealth([...others, ...rows.slice(2)], at(10))).toMatchObject({
      status: 'DEGRADED',
      ended: 2,
    })
    const going = rows.map((row) => ({ ...row, ended: null }))
    expect(circuitHealth(going, at(10))).toMatchObject({ status: 'UNHEALTHY', ended: 0 })
    const many = (count: number) => circuitHealth(going.slice(0, count), at(10)).reasons
    expect(many(3)).toContain('3 circuits are open')
    expect(many(2).join()).not.toContain('circuits are open')
  })

  it('is UNHEALTHY where the run is paused and its workers have retired or are held, until one is free', () => {
    const usedUp: Circuit = { ...OPEN, probeAt: null }
    const retired = {
      level: 'worker',
      identifier: 'worker_1',
      circuit: usedUp,
      ended: 'worker_retired',
    } as const
    const place = ['worker_1', 'worker_2', 'worker_3'].map((identifier) => ({ ...retired, identifier }))
    const last = { ...retired, identifier: 'worker_4' }
    const held = { ...last, circuit: { ...OPEN, probeAt: 90 }, ended: null }
    const mine = { ...retired, identifier: 'mine', ended: null }
    const pause = { workers: 1, limitUntil: null }
    const reasons = expect.arrayContaining(['the run is paused: all its workers are held or have retired'])
    for (const rows of [
      [...place, last],
      [...place, held],
      [...place, held, { ...mine, circuit: newCircuit(6) }],
    ])
      expect(circuitHealth(rows, { ...at(10), pause })).toMatchObject({ status: 'UNHEALTHY', reasons })
    expect(circuitHealth([...place, last], at(10)).status).toBe('DEGRADED')
    expect(circuitHealth([...place, mine], { ...at(10), pause }).status).toBe('DEGRADED')
    expect(circuitHealth([...place, held], { ...at(90), pause }).status).toBe('DEGRADED')
    const reset = { ...last, circuit: newCircuit(6) }
    expect(circuitHealth([...place, reset], { ...at(10), pause }).status).toBe('DEGRADED')
  })

  it('is UNHEALTHY while who works on the run says nothing, and DEGRADED while a claim is stale', () => {
    const silence = { pid: 4711, since: 1_000 }
    expect(circuitHealth([], { ...at(63_000), silence, staleClaims: 2 })).toMatchObject({
      status: 'UNHEALTHY',
      reasons: [
        'Process 4711 has said nothing for 62 s; it may be stopped. `kill -CONT 4711` lets it go on.',
        '2 claims are stale: who held them does not renew them',
      ],
    })
    const [reason] = circuitHealth([], { ...at(63_000), staleClaims: 1 }).reasons
    expect(reason).toBe('1 claim is stale: who held it does not renew it')
    expect(circuitHealth([], { ...at(63_000), staleClaims: 1 }).status).toBe('DEGRADED')
  })

  it('is DEGRADED while a landing is lost, and names some of many', () => {
    const lost = (...keys: string[]) => circuitHealth([], { ...at(10), lost: keys })
    expect(lost('A')).toMatchObject({
      status: 'DEGRADED',
      reasons: ['the landing of A was lost: the target no longer contains it'],
    })
    expect(lost('A', 'B', 'C', 'D', 'E', 'F', 'G').reasons).toEqual([
      'the landings of A, B, C, D, E and 2 more were lost: the target no longer contains them',
    ])
  })

  it('says of each what became of its task or worker', () => {
    const rows = [
      { level: 'stage', identifier: 'A:green', circuit: OPEN, ended: 'task_failed' },
      { level: 'stage', identifier: 'B:green', circuit: HALF, ended: 'task_cancelled' },
      { level: 'worker', identifier: 'worker_1', circuit: OPEN, ended: 'worker_retired' },
      { level: 'stage', identifier: 'C:green', circuit: CLOSED, ended: 'task_completed' },
      { level: 'worker', identifier: 'worker_2', circuit: OPEN, ended: null },
    ] as const
    const health = circuitHealth(rows, at(10))
    expect(health.ended).toBe(3)
    expect(health.reasons).toEqual([
      'worker:worker_2 is open',
      'stage:A:green is open, but its task has failed',
      'worker:worker_1 is open, but the worker has retired',
      'stage:B:green is half open, but its task was cancelled',
    ])
  })

  it('is well again once one that flapped is calm, though nobody asked it since', () => {
    const rows = [{ level: 'worker', identifier: 'worker_1', circuit: FLAPPING, ended: null }] as const
    expect(circuitHealth(rows, at(FLAPPING_MS))).toMatchObject({ status: 'DEGRADED', flapping: 1 })
    expect(circuitHealth(rows, at(FLAPPING_MS + 1))).toMatchObject({ status: 'HEALTHY', flapping: 0 })
  })

  it('says why, the gravest first', () => {
    const rows = [
      { level: 'worker', identifier: 'worker_1', circuit: HALF, ended: null },
      { level: 'stage', identifier: 'A:green', circuit: OPEN, ended: null },
      { level: 'system', identifier: 'system', circuit: OPEN, ended: null },
    ] as const
    const { reasons } = circuitHealth(rows, at(10))
    expect(reasons).toEqual([
      'the circuit of the run is open: nothing is claimed',
      'stage:A:green is open',
      'worker:worker_1 is half open',
    ])
  })
})
