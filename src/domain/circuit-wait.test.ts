import { describe, expect, it } from 'vitest'
import { type Circuit, newCircuit } from './circuit.ts'
import { type CircuitWait, circuitWait, endedWaits, heldUntilText, isHolding } from './circuit-wait.ts'

const { history } = newCircuit(0)
const open = (probeAt: number | null): Circuit => ({ state: 'open', since: 1, probeAt, history })
const half = (...untils: readonly number[]): Circuit => {
  const probes = untils.map((until) => ({ id: `claim_${until}`, until }))
  return { state: 'half_open', since: 1, successes: 0, probes, history }
}

describe('what a circuit waits for', () => {
  it.each<[string, Circuit, CircuitWait, string | null]>([
    ['nothing where it is closed', newCircuit(0), { for: 'nothing' }, null],
    [
      'the end of its wait',
      open(9_000),
      { for: 'time', until: 9_000 },
      'until 1970-01-01T00:00:09Z (in 8.0 s)',
    ],
    ['the next that comes once that is over', open(1_000), { for: 'next' }, null],
    ['a person once it is used up', open(null), { for: 'person' }, 'until a person resets it'],
    [
      'its probe, or the time at which that counts as lost',
      half(90_000, 61_000),
      { for: 'probe', until: 61_000 },
      'until its probe ends, or counts as lost at 1970-01-01T00:01:01Z (in 1 min)',
    ],
    ['the next that comes where nothing probes it', half(), { for: 'next' }, null],
    ['the next that comes where its probes are lost', half(1_000), { for: 'next' }, null],
  ])('is %s', (_, circuit, wait, words) => {
    expect(circuitWait(circuit, 1_000)).toEqual(wait)
    expect(isHolding(wait) ? heldUntilText(wait, 1_000) : null).toBe(words)
  })
})

describe('what waited for a circuit waits no longer', () => {
  it.each<[string, Circuit, Circuit, readonly number[]]>([
    ['once its wait is cut short', open(9_000), newCircuit(0), [9_000]],
    ['once one of its probes has ended, and another may start', half(90, 61), half(90), [90, 61]],
    ['once a probe has closed it', half(61), newCircuit(0), [61]],
    ['once it waits for something else', half(61), open(120), [61]],
    ['but not because another probe started', half(61), half(61, 90), []],
    ['but not where its time had come before', open(10), half(90), []],
    ['but not where only a person could let it go on', open(null), newCircuit(0), []],
  ])('%s', (_, before, after, ended) => {
    expect(endedWaits(before, after, 10)).toEqual(ended)
  })
})
