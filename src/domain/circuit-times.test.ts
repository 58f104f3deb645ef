import { describe, expect, it } from 'vitest'
import { type Circuit, newCircuit } from './circuit.ts'
import { circuitWait } from './circuit-wait.ts'
import { setBack } from './circuit-times.ts'

const HOUR = 3_600_000
const { history } = newCircuit(0)
const NOW = 10 * HOUR

describe('a circuit whose clock is set back', () => {
  it.each<[string, Circuit]>([
    ['open', { state: 'open', since: NOW - 1, probeAt: NOW + 60_000, history }],
    ['open until a person comes', { state: 'open', since: NOW - 1, probeAt: null, history }],
    [
      'half open',
      { state: 'half_open', since: NOW, probes: [{ id: 'p', until: NOW + 9 }], successes: 0, history },
    ],
  ])('waits no longer than it would have: %s', (_, circuit) => {
    const [before, after] = [circuitWait(circuit, NOW), circuitWait(setBack(circuit, HOUR), NOW - HOUR)]
    const left = (wait: typeof before, now: number): unknown => ('until' in wait ? wait.until - now : wait)
    expect(left(after, NOW - HOUR)).toEqual(left(before, NOW))
  })

  it('remembers what failed, and when it changed, as long as it would have', () => {
    const slice = { at: NOW, failures: 1, successes: 0, sources: ['w'], tasks: [] }
    const closed: Circuit = {
      ...newCircuit(NOW),
      state: 'closed',
      failures: 1,
      tasks: [],
      window: { slices: [slice] },
      history: { ...history, changes: [NOW] },
    }
    expect(setBack(closed, HOUR)).toEqual({
      ...closed,
      since: NOW - HOUR,
      window: { slices: [{ ...slice, at: NOW - HOUR }] },
      history: { ...history, changes: [NOW - HOUR] },
    })
  })
})
