import { requireGiven } from '../domain/given.ts'
import { STAGES } from '../domain/stage.ts'
import { type Circuit, flaps } from '../domain/circuit.ts'
import { type CircuitHealth, circuitHealth, NOTHING_AMISS, type RunFacts } from '../domain/circuit-health.ts'
import { closingCommand } from '../domain/closing-command.ts'
import type { CircuitsHistory, CircuitsStatus } from '../protocol/output/circuits-report.ts'
import { systemClock } from '../runtime/clock.ts'
import type { CircuitId, GuardedCircuit, Run, StoreReader } from './open-readonly.ts'
import { isLive, silenceOfRun } from './open-watch.ts'

/** A circuit with those of its probes that nobody works at any more. */
export interface WatchedCircuit extends GuardedCircuit {
  readonly gone: readonly string[]
}

/** The circuits of the current run that ever counted a failure; null where there is no run. */
export function readCircuits(reader: StoreReader | null): WatchedCircuit[] | null {
  const run = reader?.currentRun() ?? null
  return reader === null || run === null ? null : circuitsOfRun(reader, run.id)
}

/** Those of one run. A probe is gone whose claim nobody holds, or whose process ended; of one from outside it is not known. */
export function circuitsOfRun(
  reader: StoreReader,
  run: string,
  which: 'all' | 'not_closed' = 'all',
): WatchedCircuit[] {
  const rows = reader.circuitRows(run, which)
  const isProbed = rows.some(({ circuit }) => circuit.state === 'half_open' && circuit.probes.length > 0)
  const held = isProbed && isLive(reader) ? reader.heldProbes(run) : new Set()
  return rows.map((row) => {
    const probes = row.circuit.state === 'half_open' ? row.circuit.probes.map(({ id }) => id) : []
    return { ...row, gone: probes.filter((id) => id.startsWith('claim_') && !held.has(id)) }
  })
}

/** The health of the current run of a store and of its circuits, for callers of the library. */
export function getCircuitHealth(store: { readonly reader: StoreReader }): CircuitHealth {
  const hint = 'Open one with openStore: docs/reference/CIRCUIT_BREAKER_CONFIG.md shows how.'
  requireGiven(store, { reader: 'object' }, { what: 'a store', hint })
  const { reader } = store
  const run = reader.currentRun()
  const now = systemClock.now()
  const facts = run === null ? NOTHING_AMISS : runFacts(reader, run, now)
  return circuitHealth(readCircuits(reader), { now, ...facts })
}

/** What the rule asks of a run beside its circuits. */
export function runFacts(reader: StoreReader, run: Run, now: number): RunFacts {
  return {
    pause: reader.pause(run.id),
    silence: silenceOfRun(reader, run, now),
    staleClaims: reader.staleClaims(run.id, now),
    lost: reader.lostLandings(run.id),
  }
}

/** What happened to one circuit of the current run, or to all of them; the latest last. */
export function circuitsHistory(
  reader: StoreReader | null,
  asked: { readonly circuit: CircuitId | null; readonly limit: number },
): CircuitsHistory {
  const run = reader?.currentRun()?.id ?? null
  if (reader === null || run === null) return { events: [] }
  return {
    events: reader
      .circuitHistory({ run, ...asked })
      .map(({ at, level, identifier: id, kind, from, to, cause, data }) => ({
        at,
        level,
        id,
        kind,
        from,
        to,
        cause,
        data,
      })),
  }
}

/** Every circuit that the current run has or can have: that of the run, those of workers, and those of each stage of its tasks. */
export function resettable(reader: StoreReader | null): CircuitId[] {
  const run = reader?.currentRun()?.id ?? null
  if (reader === null || run === null) return []
  // One that is told from outside the engine need not be registered.
  const told = reader.circuitRows(run).filter(({ level }) => level === 'worker')
  const workers = new Set([
    ...reader.workers(run).map(({ worker }) => worker),
    ...told.map(({ identifier }) => identifier),
  ])
  const stages = reader
    .tasks(run)
    .flatMap(({ definition: { key } }) => STAGES.map((stage) => `${key}:${stage}`))
  return [
    { run, level: 'system', identifier: 'system' },
    ...Array.from(workers, (identifier) => ({ run, level: 'worker' as const, identifier })),
    ...stages.map((identifier) => ({ run, level: 'stage' as const, identifier })),
  ]
}

export function circuitsStatus(rows: readonly WatchedCircuit[], now: number): CircuitsStatus {
  return {
    circuits: rows.map(({ level, identifier, circuit, ended, triedBy, gone }) => ({
      level,
      id: identifier,
      state: circuit.state,
      since: circuit.since,
      failures: circuit.state === 'closed' ? circuit.failures : 0,
      ...probesOf(circuit, gone, now),
      probeAt: circuit.state === 'open' ? circuit.probeAt : null,
      trips: circuit.history.trips,
      extensions: circuit.history.extensions,
      cause: circuit.history.cause,
      flapping: flaps(circuit, now),
      triedBy,
      ended,
      next: closingCommand({ level, identifier, circuit, ended }),
    })),
  }
}

/** One that counts as lost is none any more. */
function probesOf(circuit: Circuit, gone: readonly string[], now: number) {
  const counting = circuit.state === 'half_open' ? circuit.probes.filter(({ until }) => until > now) : []
  const probesGone = counting.filter(({ id }) => gone.includes(id)).length
  const probesUntil = counting.length === 0 ? null : Math.min(...counting.map(({ until }) => until))
  return { probes: counting.length - probesGone, probesGone, probesUntil }
}
