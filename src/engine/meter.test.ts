import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { Meter } from './meter.ts'

describe('Meter', () => {
  it('counts what is neither agent, command nor wait for the engine', async () => {
    const { clock, pass } = handClock()
    const meter = new Meter(clock)
    pass(10)
    await meter.during('agent', async () => pass(100))
    await meter.during('verify', async () => pass(50))
    await meter.during('wait', async () => pass(5))
    pass(7)
    expect(meter.totals()).toEqual({ agentMs: 100, verifyMs: 50, waitMs: 5, engineMs: 17 })
  })

  it('counts each moment once when things overlap: a command before a wait', () => {
    const { clock, pass } = handClock()
    const meter = new Meter(clock)
    const waited = meter.begin('wait')
    pass(3)
    const first = meter.begin('verify')
    const second = meter.begin('verify')
    pass(20)
    first()
    first()
    pass(4)
    second()
    pass(2)
    waited()
    expect(meter.totals()).toEqual({ agentMs: 0, verifyMs: 24, waitMs: 5, engineMs: 0 })
  })

  it('ends an activity that throws', async () => {
    const { clock, pass } = handClock()
    const meter = new Meter(clock)
    await expect(meter.during('agent', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    pass(9)
    expect(meter.totals()).toMatchObject({ agentMs: 0, engineMs: 9 })
  })
})

function handClock(): { clock: Clock; pass: (ms: number) => void } {
  let now = 0
  return { clock: { ...systemClock, monotonic: () => now }, pass: (ms) => (now += ms) }
}
