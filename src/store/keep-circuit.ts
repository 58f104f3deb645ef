import { type Circuit, type CircuitFact, stageOf } from '../domain/circuit.ts'
import { endedWaits } from '../domain/circuit-wait.ts'
import type { Moved } from '../domain/circuit-moves.ts'
import type { EventKind } from '../domain/event.ts'
import type { CircuitId } from './circuit-records.ts'
import type { Database } from './database.ts'
import { addEvent } from './queries-events.ts'
import { circuitsOf, DETAILS_VERSION } from './run-circuits.ts'

export const KEEP_CIRCUIT_SQL = {
  keep: `INSERT INTO circuits (run, level, identifier, state, failures, successes, probes, extensions, trips, cause, opened_at, probe_at, state_since, details, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, level, identifier) DO UPDATE SET state = excluded.state, failures = excluded.failures, successes = excluded.successes,
      probes = excluded.probes, extensions = excluded.extensions, trips = excluded.trips, cause = excluded.cause,
      opened_at = excluded.opened_at, probe_at = excluded.probe_at, state_since = excluded.state_since, details = excluded.details`,
  endWait: `UPDATE tasks SET not_before = ? WHERE run = ? AND key = ? AND state = 'retryable' AND not_before = ?`,
  tell: `INSERT INTO circuit_events (at, run, level, identifier, kind, from_state, to_state, cause, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
} as const

export interface Change {
  readonly id: CircuitId
  readonly before: Circuit
  readonly moved: Moved
}

/** Nothing is written while nothing changes. A task that waits for what its stage no longer waits for goes on. */
export function keepCircuit(db: Database, { id, before, moved }: Change, at: number): void {
  const { circuit } = moved
  if (circuit !== before) {
    const { history } = circuit
    db.run(
      KEEP_CIRCUIT_SQL.keep,
      id.run,
      id.level,
      id.identifier,
      circuit.state,
      circuit.state === 'closed' ? circuit.failures : 0,
      circuit.state === 'half_open' ? circuit.successes : 0,
      circuit.state === 'half_open' ? circuit.probes.length : 0,
      history.extensions,
      history.trips,
      history.cause,
      circuit.state === 'closed' ? null : circuit.since,
      circuit.state === 'open' ? circuit.probeAt : null,
      circuit.since,
      JSON.stringify({ version: DETAILS_VERSION, circuit }),
      at,
    )
    circuitsOf(db, id.run).put(id, circuit)
    endWaits(db, { id, before, moved }, at)
  }
  for (const fact of moved.facts) tell(db, { id, fact, cause: circuit.history.cause }, at)
}

/** Only a task that gave way to its stage waits for exactly that time. Schedules hear of it by the log. */
function endWaits(db: Database, { id, before, moved }: Change, at: number): void {
  const task = taskOf(id)
  if (task === null) return
  for (const until of endedWaits(before, moved.circuit, at)) {
    if (db.run(KEEP_CIRCUIT_SQL.endWait, at, id.run, task, until) === 0) continue
    const data = { notBefore: at, reason: 'its circuit no longer waits' }
    addEvent(db, { run: id.run, kind: 'task_given_back', task, attempt: null, data }, at)
  }
}

function tell(
  db: Database,
  told: { readonly id: CircuitId; readonly fact: CircuitFact; readonly cause: string | null },
  at: number,
): void {
  const { id, fact, cause } = told
  const { run, level, identifier } = id
  const { kind, ...numbers } = fact
  const [from, to] = kind === 'state_change' ? [fact.from, fact.to] : [null, null]
  db.run(KEEP_CIRCUIT_SQL.tell, at, run, level, identifier, kind, from, to, cause, JSON.stringify(numbers))
  const name = kind === 'state_change' ? CHANGE_EVENTS[fact.to] : FACT_EVENTS[kind]
  const data = { level, circuit: identifier, cause, ...numbers }
  addEvent(db, { run, kind: name, task: taskOf(id), attempt: null, data }, at)
}

const CHANGE_EVENTS = {
  open: 'circuit_opened',
  half_open: 'circuit_half_open',
  closed: 'circuit_closed',
} as const satisfies Record<Circuit['state'], EventKind>

const FACT_EVENTS = {
  probe_started: 'circuit_probe_started',
  extension_applied: 'circuit_extended',
  extensions_exhausted: 'circuit_exhausted',
  manual_reset: 'circuit_reset',
  wait_skipped: 'circuit_wait_skipped',
  flapping_detected: 'circuit_flapping',
  flapping_ended: 'circuit_calm',
} as const satisfies Record<Exclude<CircuitFact['kind'], 'state_change'>, EventKind>

function taskOf({ level, identifier }: CircuitId): string | null {
  return level === 'stage' ? stageOf(identifier).task : null
}
