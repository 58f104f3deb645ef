import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CircuitOracle } from '../../test/support/circuit-oracle.ts'
import { type Circuit, type CircuitOptions, FLAPPING_MS, flaps, newCircuit } from './circuit.ts'
import { admit, type CircuitOutcome, end, type Moved, reset, settle, skipWait } from './circuit-moves.ts'

const OPTIONS: CircuitOptions = {
  failures: 3,
  rate: null,
  tasks: 1,
  waitMs: 1_000,
  growth: 2,
  longestWaitMs: 10_000,
  jitter: 0,
  probes: 1,
  probeMs: 60_000,
  successes: 1,
  extensions: 2,
}

describe('a circuit', () => {
  it('opens after failures in a row, and says how many', () => {
    const moved = play(OPTIONS, [fail(1), fail(2), fail(3)])
    expect(moved.circuit).toMatchObject({ state: 'open', since: 3, probeAt: 1_003 })
    expect(moved.facts).toEqual([
      {
        kind: 'state_change',
        from: 'closed',
        to: 'open',
        reason: 'failures_in_a_row',
        numbers: { failures: 3, waitMs: 1_000 },
      },
    ])
  })

  it('counts anew after a success', () => {
    expect(play(OPTIONS, [fail(1), fail(2), succeed(3), fail(4), fail(5)]).circuit.state).toBe('closed')
  })

  it('is the same object while nothing changes, so that nothing is kept', () => {
    const circuit = newCircuit(0)
    expect(settle(circuit, { kind: 'success', id: 'a', now: 1 }, OPTIONS).circuit).toBe(circuit)
    expect(admit(circuit, { id: 'a', now: 1 }, OPTIONS).circuit).toBe(circuit)
    const rated = { ...OPTIONS, rate: { share: 0.5, windowMs: 1_000, outcomes: 4, sources: 1 } }
    expect(settle(circuit, { kind: 'success', id: 'a', now: 1 }, rated).circuit).toBe(circuit)
  })

  it('lets nothing start while it is open, then one probe at a time', () => {
    const open = play(OPTIONS, [fail(1), fail(2), fail(3)]).circuit
    expect(admit(open, { id: 'a', now: 1_002 }, OPTIONS).admission).toEqual({
      allowed: false,
      retryAt: 1_003,
    })
    const first = admit(open, { id: 'a', now: 1_003 }, OPTIONS)
    expect(first.admission).toEqual({ allowed: true, probe: true })
    expect(admit(first.circuit, { id: 'b', now: 1_004 }, OPTIONS).admission).toEqual({
      allowed: false,
      retryAt: 61_003,
    })
  })

  it('starts another probe where one never said anything', () => {
    const half = play(OPTIONS, [fail(1), fail(2), fail(3), ask('a', 1_003)]).circuit
    const later = admit(half, { id: 'b', now: 61_003 }, OPTIONS)
    expect(later.admission).toEqual({ allowed: true, probe: true })
    expect(settle(later.circuit, failure('a', 61_004), OPTIONS).circuit.state).toBe('half_open')
  })

  it('closes after a probe that succeeds', () => {
    const moved = play(OPTIONS, [fail(1), fail(2), fail(3), ask('a', 1_003), succeed(1_010, 'a')])
    expect(moved.circuit).toMatchObject({ state: 'closed', history: { trips: 1, extensions: 0 } })
  })

  it('waits longer each time that a probe fails, and at last for a person', () => {
    let circuit = play(OPTIONS, [fail(1), fail(2), fail(3)]).circuit
    const waits: (number | null)[] = []
    for (let at = 100_000; at <= 300_000; at += 100_000) {
      circuit = play(OPTIONS, [ask('a', at), fail(at, 'a')], circuit).circuit
      waits.push(circuit.state === 'open' && circuit.probeAt !== null ? circuit.probeAt - at : null)
    }
    expect(waits).toEqual([2_000, 4_000, null])
    expect(admit(circuit, { id: 'a', now: 1e9 }, OPTIONS).admission).toEqual({
      allowed: false,
      retryAt: null,
    })
    expect(reset(circuit, { now: 1e9 }).circuit).toMatchObject({ state: 'closed', history: { trips: 1 } })
  })

  it('waits a little shorter or longer by chance, as far as its jitter allows', () => {
    const waits = [0, 0.25, 0.5, 0.75, 0.999].map((random) => {
      const options = { ...OPTIONS, failures: 1, jitter: 0.2 }
      const { circuit } = settle(newCircuit(0), { ...failure('x', 5), random }, options)
      return circuit.state === 'open' && circuit.probeAt !== null ? circuit.probeAt - 5 : null
    })
    expect(waits).toEqual([800, 900, 1_000, 1_100, 1_200])
  })

  it('is tried at once when a person goes on, and waits on where only a person closes it', () => {
    const open = play(OPTIONS, [fail(1), fail(2), fail(3)]).circuit
    const skipped = skipWait(open, 503)
    expect(skipped.facts).toEqual([{ kind: 'wait_skipped', leftMs: 500, by: 'person' }])
    expect(admit(skipped.circuit, { id: 'a', now: 503 }, OPTIONS).admission.allowed).toBe(true)
    expect(skipWait(skipped.circuit, 504).facts).toEqual([])
    const none = { ...OPTIONS, extensions: 0 }
    const spent = play(none, [fail(1), fail(2), fail(3), ask('a', 1_003), fail(1_004, 'a')]).circuit
    expect(skipWait(spent, 1_005)).toEqual({ circuit: spent, facts: [] })
  })

  it('is tried at once when what was under way as it opened succeeds, and closes when more of it does', () => {
    const open = play(OPTIONS, [fail(1), fail(2), fail(3)]).circuit
    const late = { kind: 'success', id: 'late', began: 2 } as const
    const tried = settle(open, { ...late, now: 4 }, OPTIONS)
    expect(tried.circuit).toMatchObject({ state: 'open', probeAt: 4 })
    expect(tried.facts).toEqual([{ kind: 'wait_skipped', leftMs: 999, by: 'success' }])
    const half = admit(tried.circuit, { id: 'a', now: 5 }, OPTIONS).circuit
    expect(settle(half, { ...late, now: 6 }, OPTIONS).circuit.state).toBe('closed')
    expect(settle(half, failure('late', 6), OPTIONS).circuit).toBe(half)
  })

  it('takes nothing from what it did not have to let, or what began since it opened', () => {
    const open = play(OPTIONS, [fail(1), fail(2), fail(3)]).circuit
    const success = { kind: 'success', id: 'late', now: 1_004 } as const
    expect(settle(open, success, OPTIONS).circuit).toBe(open)
    expect(settle(open, { ...success, began: 3 }, OPTIONS).circuit).toBe(open)
    const half = admit(open, { id: 'a', now: 1_003 }, OPTIONS).circuit
    expect(settle(half, success, OPTIONS).circuit).toBe(half)
    const exhausted = play({ ...OPTIONS, extensions: 0 }, [ask('a', 2_000), fail(2_001, 'a')], half).circuit
    expect(settle(exhausted, { ...success, began: 2 }, OPTIONS).circuit).toBe(exhausted)
  })

  it('is not opened by a few tasks however often they fail, by a row or by a rate', () => {
    const rate = { share: 0.5, windowMs: 1_000, outcomes: 4, sources: 1 }
    for (const options of [
      { ...OPTIONS, tasks: 3 },
      { ...OPTIONS, failures: null, rate, tasks: 3 },
    ]) {
      const few = 'ABABAB'.split('').map((task, at) => failure('w', at + 1, { task, workable: ['C', 'D'] }))
      expect(settleAll(options, few).circuit.state).toBe('closed')
      const moved = settleAll(options, [...few, failure('w', 9, { task: 'C', workable: ['C', 'D'] })])
      expect(moved.circuit.state).toBe('open')
      expect(moved.facts[0]).toMatchObject({ numbers: { tasks: 3, failures: 7 } })
    }
  })

  it('is opened by one task where one failure is said to be enough, but not where few outcomes are', () => {
    const first = [failure('w', 1, { task: 'A', workable: ['B', 'C'] })]
    expect(settleAll({ ...OPTIONS, failures: 1, tasks: 3 }, first).circuit.state).toBe('open')
    const rate = { share: 0.5, windowMs: 1_000, outcomes: 1, sources: 1 }
    const rated = { ...OPTIONS, failures: null, rate, tasks: 3 }
    expect(settleAll(rated, first).circuit.state).toBe('closed')
    const three = ['A', 'B', 'C'].map((task, at) => failure('w', at, { task, workable: ['D'] }))
    expect(settleAll(rated, three).circuit.state).toBe('open')
  })

  it('is opened by all tasks that are left, but never by one that is left alone', () => {
    const options = { ...OPTIONS, tasks: 3 }
    const both = 'AAAB'.split('').map((task, at) => failure('w', at + 1, { task, workable: ['A', 'B'] }))
    expect(settleAll(options, both).circuit.state).toBe('open')
    const one = 'AAAAAAA'.split('').map((task, at) => failure('w', at + 1, { task, workable: ['A'] }))
    expect(settleAll(options, one).circuit.state).toBe('closed')
  })

  it('remembers which tasks probed it in vain since it opened', () => {
    const probe = (task: string, at: number): Step[] => [
      ask(task, at),
      (circuit, options) => settle(circuit, failure(task, at, { task }), options),
    ]
    const vain = [...probe('A', 2_000), ...probe('B', 9_000), ...probe('A', 20_000)]
    const options = { ...OPTIONS, extensions: null }
    const { circuit } = play(options, [fail(1), fail(2), fail(3), ...vain])
    expect(circuit.history.tried).toEqual(['B', 'A'])
    const closed = play(options, [ask('C', 60_000), succeed(60_001, 'C')], circuit).circuit
    expect(closed).toMatchObject({ state: 'closed', history: { tried: [] } })
  })

  it('closes when its run ends, whatever it waits for', () => {
    const open = play(OPTIONS, [fail(1), fail(2), fail(3)]).circuit
    expect(end(open, 5).circuit.state).toBe('closed')
    const half = admit(open, { id: 'a', now: 1_003 }, OPTIONS).circuit
    expect(end(half, 1_004).facts[0]).toMatchObject({ reason: 'run_ended', to: 'closed' })
    expect(end(newCircuit(0), 5)).toEqual({ circuit: newCircuit(0), facts: [] })
  })

  it('opens by the rate of failures of several sources', () => {
    const options = {
      ...OPTIONS,
      failures: null,
      rate: { share: 0.5, windowMs: 1_000, outcomes: 4, sources: 2 },
    }
    const alone = [failure('a', 1), failure('a', 2), failure('a', 3), failure('a', 4)]
    expect(settleAll(options, alone).circuit.state).toBe('closed')
    const moved = settleAll(options, [...alone, failure('b', 5)])
    expect(moved.circuit.state).toBe('open')
    expect(moved.facts[0]).toMatchObject({
      reason: 'failure_rate',
      numbers: { failures: 5, outcomes: 5, sources: 2 },
    })
  })

  it('forgets failures that are older than the window', () => {
    const options = {
      ...OPTIONS,
      failures: null,
      rate: { share: 1, windowMs: 1_000, outcomes: 2, sources: 1 },
    }
    expect(settleAll(options, [failure('a', 1), failure('a', 1_200)]).circuit.state).toBe('closed')
    expect(settleAll(options, [failure('a', 1), failure('a', 900)]).circuit.state).toBe('open')
  })

  it('opens by what fails now, however much succeeded before in the window', () => {
    const rate = { share: 0.5, windowMs: 1_000, outcomes: 4, sources: 1 }
    const options = { ...OPTIONS, failures: null, rate }
    const well = Array.from({ length: 40 }, (_, nth) => ({ kind: 'success', id: 'a', now: 2 + nth }) as const)
    const now = [901, 902, 903, 904].map((at) => failure('a', at))
    expect(settleAll(options, [failure('a', 1), ...well, ...now.slice(0, 3)]).circuit.state).toBe('closed')
    const moved = settleAll(options, [failure('a', 1), ...well, ...now])
    expect(moved.circuit.state).toBe('open')
    expect(moved.facts[0]).toMatchObject({ numbers: { failures: 4, outcomes: 4 } })
  })

  it('does not open by the first moments of a slice, after what went well right before it', () => {
    const rate = { share: 0.5, windowMs: 1_000, outcomes: 4, sources: 1 }
    const options = { ...OPTIONS, failures: null, rate }
    const well = Array.from(
      { length: 40 },
      (_, nth) => ({ kind: 'success', id: 'a', now: 850 + nth }) as const,
    )
    const now = [901, 902, 903, 904].map((at) => failure('a', at))
    expect(settleAll(options, [failure('a', 849), ...well, ...now]).circuit.state).toBe('closed')
    const later = [1_001, 1_002].map((at) => failure('a', at))
    expect(settleAll(options, [failure('a', 849), ...well, ...now, ...later]).circuit.state).toBe('open')
  })

  it('tells once that it flaps, and once that it is calm again', () => {
    const options = { ...OPTIONS, failures: 1, waitMs: 10, extensions: null }
    let circuit = newCircuit(0)
    const told: string[] = []
    const run = (moved: Moved): void => {
      circuit = moved.circuit
      told.push(...moved.facts.map((fact) => fact.kind).filter((kind) => kind.startsWith('flapping')))
    }
    for (let at = 0; at < 1_000; at += 100) {
      run(settle(circuit, failure('a', at), options))
      run(admit(circuit, { id: 'p', now: at + 50 }, options))
      run(settle(circuit, { kind: 'success', id: 'p', now: at + 60 }, options))
    }
    expect(told).toEqual(['flapping_detected'])
    run(admit(circuit, { id: 'q', now: 400_000 }, options))
    expect(told).toEqual(['flapping_detected', 'flapping_ended'])
  })

  it('waits no longer than at first once it was calm, though nobody asked it meanwhile', () => {
    const options = { ...OPTIONS, failures: 1, waitMs: 10, jitter: 0, extensions: null }
    const flapping = flapped(options)
    expect(flapping.history).toMatchObject({ flapping: true, extensions: 1 })
    const moved = settle(flapping, failure('a', 400_000), options)
    expect(moved.facts).toMatchObject([
      { kind: 'flapping_ended', changes: 0 },
      { kind: 'state_change', to: 'open', numbers: { waitMs: 10 } },
    ])
  })

  it('has its extensions taken away by a reset, also where it is closed and flaps', () => {
    const flapping = flapped({ ...OPTIONS, failures: 1, waitMs: 10, extensions: null })
    const moved = reset(flapping, { now: 1_000 })
    expect(moved.circuit.history).toEqual({ ...flapping.history, extensions: 0 })
    expect(moved.facts).toEqual([{ kind: 'manual_reset', from: 'closed' }])
  })

  it('flaps for readers until it changed at most twice in five minutes, asked or not', () => {
    const flapping = flapped({ ...OPTIONS, failures: 1, waitMs: 10, extensions: null })
    const third = flapping.history.changes.at(-3) ?? 0
    expect(flaps(flapping, third + FLAPPING_MS - 1)).toBe(true)
    expect(flaps(flapping, third + FLAPPING_MS)).toBe(false)
    expect(flaps(newCircuit(0), 0)).toBe(false)
  })

  it('does what an independent account of all that happened says, whatever happens', () => {
    fc.assert(
      fc.property(
        anyOptions(),
        fc.array(anyCommand(), { maxLength: 60, size: 'max' }),
        (options, commands) => {
          const oracle = new CircuitOracle(options)
          let circuit = newCircuit(0)
          let now = 0
          let mostProbes = 0
          const did: unknown[] = []
          const said: unknown[] = []
          for (const command of commands) {
            now += command.later
            const { allowed, facts, ...moved } = carryOut(circuit, command, { now, options })
            circuit = JSON.parse(JSON.stringify(moved.circuit)) as Circuit
            did.push({ allowed, facts, ...summary(circuit) })
            said.push(oracle.carryOut(command, now))
            mostProbes = Math.max(mostProbes, circuit.state === 'half_open' ? circuit.probes.length : 0)
          }
          expect(did).toEqual(said)
          expect(mostProbes).toBeLessThanOrEqual(options.probes)
        },
      ),
      { numRuns: 10_000 },
    )
  })
})

/** Closed and flapping, after a probe that failed and one that succeeded in each of two rounds. */
function flapped(options: CircuitOptions): Circuit {
  const round = (at: number): Step[] => [
    fail(at),
    ask('p', at + 20),
    fail(at + 21, 'p'),
    ask('q', at + 60),
    succeed(at + 61, 'q'),
  ]
  return play(options, [0, 100].flatMap(round)).circuit
}

type Step = (circuit: Circuit, options: CircuitOptions) => Moved

function play(options: CircuitOptions, steps: readonly Step[], from = newCircuit(0)): Moved {
  let moved: Moved = { circuit: from, facts: [] }
  for (const step of steps) moved = step(moved.circuit, options)
  return moved
}

function fail(now: number, id = 'x'): Step {
  return (circuit, options) => settle(circuit, failure(id, now), options)
}

function succeed(now: number, id = 'x'): Step {
  return (circuit, options) => settle(circuit, { kind: 'success', id, now }, options)
}

function ask(id: string, now: number): Step {
  return (circuit, options) => admit(circuit, { id, now }, options)
}

function failure(
  id: string,
  now: number,
  about: { readonly task?: string; readonly workable?: readonly string[] } = {},
): Extract<CircuitOutcome, { kind: 'failure' }> {
  const { task = id, workable = [] } = about
  return { kind: 'failure', id, now, cause: 'agent', source: id, random: 0.5, task, workable }
}

function settleAll(options: CircuitOptions, outcomes: readonly Parameters<typeof settle>[1][]): Moved {
  return play(
    options,
    outcomes.map((outcome) => (circuit: Circuit) => settle(circuit, outcome, options)),
  )
}

interface Command {
  readonly do: 'admit' | 'success' | 'failure' | 'unknown' | 'reset' | 'skip_wait'
  readonly id: string
  readonly later: number
  readonly random: number
  readonly task: string
  readonly cause: string
  readonly workable: readonly string[]
  /** How long ago what succeeds began; null where that says nothing. */
  readonly took: number | null
}

function anyCommand(): fc.Arbitrary<Command> {
  return fc.record({
    do: fc.constantFrom('admit', 'admit', 'success', 'failure', 'failure', 'unknown', 'reset', 'skip_wait'),
    id: fc.constantFrom('a', 'b', 'c'),
    random: fc.constantFrom(0, 0.1, 0.5, 0.9, 0.999),
    task: fc.constantFrom('A', 'A', 'B', 'C', 'D'),
    cause: fc.constantFrom('agent', 'infrastructure'),
    workable: fc.subarray(['A', 'B', 'C', 'D']),
    took: fc.option(fc.constantFrom(0, 5, 200, 5_000)),
    later: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(0, 1, 9, 10) },
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 300 }) },
      { weight: 1, arbitrary: fc.constantFrom(5_000, 60_000, 90_000, 1_000_000) },
    ),
  })
}

function anyOptions(): fc.Arbitrary<CircuitOptions> {
  return fc.record({
    failures: fc.option(fc.integer({ min: 1, max: 4 })),
    rate: fc.option(
      fc.record({
        share: fc.constantFrom(0.2, 0.5, 1),
        windowMs: fc.constantFrom(100, 1_000, 60_000),
        outcomes: fc.integer({ min: 1, max: 5 }),
        sources: fc.integer({ min: 1, max: 3 }),
      }),
    ),
    tasks: fc.integer({ min: 1, max: 4 }),
    waitMs: fc.constantFrom(10, 200),
    growth: fc.constantFrom(1, 2),
    longestWaitMs: fc.constantFrom(200, 2_000),
    jitter: fc.constantFrom(0, 0.2),
    probes: fc.integer({ min: 1, max: 3 }),
    probeMs: fc.constantFrom(50, 10_000),
    successes: fc.integer({ min: 1, max: 3 }),
    extensions: fc.option(fc.integer({ min: 0, max: 3 })),
  })
}

function carryOut(
  circuit: Circuit,
  command: Command,
  { now, options }: { readonly now: number; readonly options: CircuitOptions },
): Moved & { readonly allowed: boolean | null } {
  const { id, random } = command
  if (command.do === 'admit') {
    const { admission, ...moved } = admit(circuit, { now, id }, options)
    return { ...moved, allowed: admission.allowed }
  }
  if (command.do === 'reset') return { ...reset(circuit, { now }), allowed: null }
  if (command.do === 'skip_wait') return { ...skipWait(circuit, now), allowed: null }
  const { task, workable, took, cause } = command
  const began = took === null || command.do !== 'success' ? {} : { began: now - took }
  const outcome: CircuitOutcome =
    command.do === 'failure'
      ? { ...failure(id, now, { task, workable }), random, cause }
      : { kind: command.do, id, now, ...began }
  return { ...settle(circuit, outcome, options), allowed: null }
}

function summary(circuit: Circuit): Record<string, unknown> {
  return {
    state: circuit.state,
    since: circuit.since,
    cause: circuit.history.cause,
    probeAt: circuit.state === 'open' ? circuit.probeAt : null,
    probes: circuit.state === 'half_open' ? circuit.probes.map((probe) => probe.id) : [],
    trips: circuit.history.trips,
    extensions: circuit.history.extensions,
    flapping: circuit.history.flapping,
    tried: circuit.history.tried,
  }
}
