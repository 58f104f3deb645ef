import {
  CALM_CHANGES,
  type ChangeReason,
  changesLately,
  type Circuit,
  type CircuitFact,
  type CircuitHistory,
  type CircuitOptions,
  FLAPPING_CHANGES,
  FLAPPING_MS,
  flaps,
  MOST_TRIED,
} from './circuit.ts'
import { areNotFew, withTask } from './failed-tasks.ts'
import { excess, withOutcome } from './failure-window.ts'

/** The same circuit object, and no fact, where nothing changed: then there is nothing to keep. */
export interface Moved {
  readonly circuit: Circuit
  readonly facts: readonly CircuitFact[]
}

type Admission =
  | { readonly allowed: true; readonly probe: boolean }
  /** `retryAt` null: only a person lets anything start again. */
  | { readonly allowed: false; readonly retryAt: number | null }

const ALLOWED: Admission = { allowed: true, probe: false }
const NO_FACTS: readonly CircuitFact[] = []

/** Whether something may start, or go on. What starts in a half-open circuit is a probe, and is written down as one at once. */
export function admit(
  circuit: Circuit,
  request: { readonly now: number; readonly id: string },
  options: CircuitOptions,
): Moved & { readonly admission: Admission } {
  const { now } = request
  if (circuit.state === 'closed') return { ...calmed(circuit, now), admission: ALLOWED }
  if (circuit.state === 'open') {
    if (circuit.probeAt === null || now < circuit.probeAt) {
      return { circuit, facts: NO_FACTS, admission: { allowed: false, retryAt: circuit.probeAt } }
    }
    const { history, facts } = changed(circuit, 'half_open', {
      now,
      reason: 'wait_over',
      numbers: { waitedMs: now - circuit.since },
    })
    const half: HalfOpen = { state: 'half_open', since: now, probes: [], successes: 0, history }
    const started = startProbe(half, request, options)
    return { ...started, facts: [...facts, ...started.facts] }
  }
  const isProbe = circuit.probes.some((probe) => probe.id === request.id)
  if (isProbe) return { circuit, facts: NO_FACTS, admission: { allowed: true, probe: true } }
  return startProbe(circuit, request, options)
}

/**
 * What came of something that was admitted. Where it is held, only probes say something, and the success of what was under
 * way when it opened: that is tried at once, and counts as a probe's once it is.
 */
export function settle(circuit: Circuit, outcome: CircuitOutcome, options: CircuitOptions): Moved {
  if (circuit.state === 'closed') return settleClosed(circuit, outcome, options)
  const late = succeededLate(circuit, outcome)
  if (circuit.state === 'open')
    return late ? skipWait(circuit, outcome.now, 'success') : { circuit, facts: NO_FACTS }
  if (outcome.kind === 'unknown') return release(circuit, outcome.id)
  const probes = circuit.probes.filter((probe) => probe.id !== outcome.id)
  if (probes.length === circuit.probes.length && !late) return { circuit, facts: NO_FACTS }
  if (outcome.kind === 'failure') return reopen(circuit, outcome, options)
  const successes = circuit.successes + 1
  if (successes < options.successes) return { circuit: { ...circuit, probes, successes }, facts: NO_FACTS }
  const { now } = outcome
  const { history, facts } = changed(circuit, 'closed', {
    now,
    reason: 'probes_succeeded',
    numbers: { successes, openMs: now - circuit.since },
  })
  return { circuit: closedWith(history, now), facts }
}

export type CircuitOutcome = {
  /** What the admission was asked with. */
  readonly id: string
  readonly now: number
} & (
  | {
      readonly kind: 'success'
      /** When it began, where nothing of its kind may begin while the circuit is open; left out of anything else. */
      readonly began?: number
    }
  /** It ended without saying anything about what the circuit guards. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'failure'
      readonly cause: string
      /** Whose failure it is, where a rate asks how many failed. */
      readonly source: string
      /** Which task failed. */
      readonly task: string
      /** Tasks that can be worked now: all of them, or as many as are asked for. */
      readonly workable: readonly string[]
      /** In [0, 1), for the jitter of a wait. */
      readonly random: number
    }
)

/** What was admitted ended without saying anything. */
export function release(circuit: Circuit, id: string): Moved {
  if (circuit.state !== 'half_open') return { circuit, facts: NO_FACTS }
  const probes = circuit.probes.filter((probe) => probe.id !== id)
  return {
    circuit: probes.length === circuit.probes.length ? circuit : { ...circuit, probes },
    facts: NO_FACTS,
  }
}

/** Closes it by hand. What happened before stays counted; failures in a row and extensions begin anew. */
export function reset(circuit: Circuit, { now }: { readonly now: number }): Moved {
  const told: CircuitFact = { kind: 'manual_reset', from: circuit.state }
  if (circuit.state === 'closed') {
    const { failures, window } = circuit
    const same = failures === 0 && window === null && circuit.history.extensions === 0
    return { circuit: same ? circuit : closedWith(anew(circuit.history), circuit.since), facts: [told] }
  }
  const { history, facts } = changed(circuit, 'closed', { now, reason: 'reset', numbers: {} })
  return { circuit: closedWith(anew(history), now), facts: [told, ...facts] }
}

function anew(history: CircuitHistory): CircuitHistory {
  return { ...history, extensions: 0 }
}

/** Its run has ended: nothing is left that would probe it. */
export function end(circuit: Circuit, now: number): Moved {
  if (circuit.state === 'closed') return { circuit, facts: NO_FACTS }
  const { history, facts } = changed(circuit, 'closed', { now, reason: 'run_ended', numbers: {} })
  return { circuit: closedWith(anew(history), now), facts }
}

/** What waits is tried at once. What only a person closes stays as it is. */
export function skipWait(circuit: Circuit, now: number, by: 'person' | 'success' = 'person'): Moved {
  if (circuit.state !== 'open' || circuit.probeAt === null || circuit.probeAt <= now) {
    return { circuit, facts: NO_FACTS }
  }
  const leftMs = circuit.probeAt - now
  return { circuit: { ...circuit, probeAt: now }, facts: [{ kind: 'wait_skipped', leftMs, by }] }
}

function succeededLate(circuit: Circuit, outcome: CircuitOutcome): boolean {
  return outcome.kind === 'success' && (outcome.began ?? Infinity) < circuit.since
}

type Closed = Extract<Circuit, { state: 'closed' }>
type HalfOpen = Extract<Circuit, { state: 'half_open' }>
type Failure = Extract<CircuitOutcome, { kind: 'failure' }>

function startProbe(
  circuit: HalfOpen,
  { now, id }: { readonly now: number; readonly id: string },
  options: CircuitOptions,
): Moved & { readonly admission: Admission } {
  const running = circuit.probes.filter((probe) => probe.until > now)
  if (running.length >= options.probes) {
    const retryAt = Math.min(...running.map((probe) => probe.until))
    return { circuit, facts: NO_FACTS, admission: { allowed: false, retryAt } }
  }
  const until = now + options.probeMs
  const probes = [...running, { id, until }]
  return {
    circuit: { ...circuit, probes },
    facts: [{ kind: 'probe_started', probe: id, running: probes.length, until }],
    admission: { allowed: true, probe: true },
  }
}

function settleClosed(before: Closed, outcome: CircuitOutcome, options: CircuitOptions): Moved {
  if (outcome.kind === 'unknown') return { circuit: before, facts: NO_FACTS }
  // What was let through may have taken long: the circuit is as calm as it is now.
  const calm = calmed(before, outcome.now)
  const moved = counted(calm.circuit, outcome, options)
  return { circuit: moved.circuit, facts: [...calm.facts, ...moved.facts] }
}

function counted(
  circuit: Closed,
  outcome: Exclude<CircuitOutcome, { kind: 'unknown' }>,
  options: CircuitOptions,
): Moved {
  const failed = outcome.kind === 'failure'
  const { now } = outcome
  const { source, task } = failed ? outcome : NOBODY
  const rated = options.rate === null ? null : { rate: options.rate, tasks: options.tasks }
  const window = rated === null ? null : withOutcome(circuit.window, { now, failed, source, task }, rated)
  const failures = failed ? circuit.failures + 1 : 0
  const tasks = failed ? withTask(circuit.tasks, task, options.tasks) : []
  if (failures === circuit.failures && window === circuit.window) return { circuit, facts: NO_FACTS }
  const more: Closed = { ...circuit, failures, tasks, window }
  if (outcome.kind === 'success') return { circuit: more, facts: NO_FACTS }
  const { workable } = outcome
  if (isLongRow(more, options, workable)) {
    const numbers = { failures, ...numberOf(tasks) }
    return trip(more, { failure: outcome, reason: 'failures_in_a_row', numbers }, options)
  }
  const counts = rated === null ? null : excess(window, rated, workable)
  if (counts === null) return { circuit: more, facts: NO_FACTS }
  const { tasks: failedTasks, ...others } = counts
  const numbers = { ...others, ...numberOf(failedTasks) }
  return trip(more, { failure: outcome, reason: 'failure_rate', numbers }, options)
}

const NOBODY = { source: '', task: '' }

/** Told where tasks are counted. */
function numberOf(tasks: readonly string[]): { readonly tasks?: number } {
  return tasks.length === 0 ? {} : { tasks: tasks.length }
}

function isLongRow(
  { failures, tasks }: Closed,
  options: CircuitOptions,
  workable: readonly string[],
): boolean {
  if (options.failures === null || failures < options.failures) return false
  return areNotFew(tasks, { asked: Math.min(options.tasks, options.failures), workable })
}

function trip(
  circuit: Closed,
  why: {
    readonly failure: Failure
    readonly reason: ChangeReason
    readonly numbers: Readonly<Record<string, number>>
  },
  options: CircuitOptions,
): Moved {
  const { now, cause, random } = why.failure
  const waitMs = waitOf(circuit.history.extensions, random, options)
  const { history, facts } = changed(circuit, 'open', {
    now,
    reason: why.reason,
    numbers: { ...why.numbers, waitMs },
  })
  const opened = { ...history, trips: history.trips + 1, cause, tried: [] }
  return { circuit: { state: 'open', since: now, probeAt: now + waitMs, history: opened }, facts }
}

function reopen(circuit: HalfOpen, failure: Failure, options: CircuitOptions): Moved {
  const { now, cause, random, task } = failure
  const taken = circuit.history.extensions
  const exhausted = options.extensions !== null && taken >= options.extensions
  const extensions = exhausted ? taken : taken + 1
  const waitMs = waitOf(extensions, random, options)
  const { history, facts } = changed(circuit, 'open', {
    now,
    reason: 'probe_failed',
    numbers: { extensions, waitMs: exhausted ? null : waitMs },
  })
  const told: CircuitFact = exhausted
    ? { kind: 'extensions_exhausted', extensions }
    : { kind: 'extension_applied', extensions, waitMs }
  return {
    circuit: {
      state: 'open',
      since: now,
      probeAt: exhausted ? null : now + waitMs,
      history: {
        ...history,
        extensions,
        cause,
        tried: triedAfter(history.tried, task),
      },
    },
    facts: [...facts, told],
  }
}

function triedAfter(tried: readonly string[], task: string): readonly string[] {
  return [...tried.filter((other) => other !== task), task].slice(-MOST_TRIED)
}

function waitOf(extensions: number, random: number, options: CircuitOptions): number {
  const grown = Math.min(options.longestWaitMs, options.waitMs * options.growth ** extensions)
  return Math.round(grown * (1 + options.jitter * (2 * random - 1)))
}

/** A circuit that flaps keeps its extensions when it closes, so that its next wait is longer still. */
function closedWith(history: CircuitHistory, now: number): Closed {
  const extensions = history.flapping ? history.extensions : 0
  return {
    state: 'closed',
    since: now,
    failures: 0,
    tasks: [],
    window: null,
    history: { ...history, extensions, tried: [] },
  }
}

function changed(
  circuit: Circuit,
  to: Circuit['state'],
  change: {
    readonly now: number
    readonly reason: ChangeReason
    readonly numbers: Readonly<Record<string, number | null>>
  },
): { readonly history: CircuitHistory; readonly facts: CircuitFact[] } {
  const { now, reason, numbers } = change
  const facts: CircuitFact[] = [{ kind: 'state_change', from: circuit.state, to, reason, numbers }]
  const changes = [...changesLately(circuit.history, now), now].slice(-(FLAPPING_CHANGES + 1))
  const flapping = changes.length > (circuit.history.flapping ? CALM_CHANGES : FLAPPING_CHANGES)
  if (flapping !== circuit.history.flapping) facts.push(flappingFact(flapping, changes.length))
  return { history: { ...circuit.history, changes, flapping }, facts }
}

/** A closed circuit that flapped, and has been calm since. */
function calmed(circuit: Closed, now: number): Moved & { readonly circuit: Closed } {
  if (!circuit.history.flapping || flaps(circuit, now)) return { circuit, facts: NO_FACTS }
  const changes = changesLately(circuit.history, now)
  const history = { ...circuit.history, changes, flapping: false, extensions: 0 }
  return { circuit: { ...circuit, history }, facts: [flappingFact(false, changes.length)] }
}

function flappingFact(flapping: boolean, changes: number): CircuitFact {
  return { kind: flapping ? 'flapping_detected' : 'flapping_ended', changes, windowMs: FLAPPING_MS }
}
