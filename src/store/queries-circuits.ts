import type { AttemptOutcome } from '../domain/attempt.ts'
import { circuitsHear } from '../domain/circuit-causes.ts'
import { forWorkers } from '../domain/circuit-options.ts'
import {
  admit,
  type CircuitOutcome,
  type Moved,
  release,
  reset,
  settle,
  skipWait,
} from '../domain/circuit-moves.ts'
import {
  CIRCUIT_LEVELS,
  type Circuit,
  type CircuitFact,
  type CircuitLevel,
  newCircuit,
} from '../domain/circuit.ts'
import type { EventKind } from '../domain/event.ts'
import { isAgentStage, type Stage, STAGES } from '../domain/stage.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { addEvent } from './queries-events.ts'
import { jsonObject, number, oneOf, text, textOrNull, unexpected } from './rows.ts'
import type { CircuitEventRow, CircuitHold, CircuitId, CircuitRules, Claim } from './store.ts'

/** Of the column `details`, which holds the whole circuit; the other columns are for views and people. */
const DETAILS_VERSION = 1

export const CIRCUIT_SQL = {
  rules: 'SELECT circuits, workers FROM runs WHERE id = ?',
  find: 'SELECT * FROM circuits WHERE run = ? AND level = ? AND identifier = ?',
  notClosed: `SELECT * FROM circuits WHERE run = ? AND state <> 'closed'`,
  ofRun: 'SELECT * FROM circuits WHERE run = ? ORDER BY level, identifier',
  historyOfRun: 'SELECT * FROM circuit_events WHERE run = ? ORDER BY id DESC LIMIT ?',
  history:
    'SELECT * FROM circuit_events WHERE run = ? AND level = ? AND identifier = ? ORDER BY at DESC, id DESC LIMIT ?',
  keep: `INSERT INTO circuits (run, level, identifier, state, failures, successes, probes, extensions, trips, cause, opened_at, probe_at, state_since, details, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, level, identifier) DO UPDATE SET state = excluded.state, failures = excluded.failures, successes = excluded.successes,
      probes = excluded.probes, extensions = excluded.extensions, trips = excluded.trips, cause = excluded.cause,
      opened_at = excluded.opened_at, probe_at = excluded.probe_at, state_since = excluded.state_since, details = excluded.details`,
  tell: `INSERT INTO circuit_events (at, run, level, identifier, kind, from_state, to_state, cause, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
} as const

/** What keeps a worker from claiming anything: the run's circuit, or its own. */
export function circuitHold(db: Database, [run, worker, at]: Args<'circuitHold'>): Answer<'circuitHold'> {
  return admitAll(db, { run, id: '', under: claimCircuits(run, worker) }, at).hold
}

/** The claim is a probe of what is half open. Only to be called where `circuitHold` found nothing in the same transaction. */
export function admitClaim(db: Database, held: Claim, at: number): void {
  const { run, worker } = held
  admitAll(db, { run, id: claimId(held), under: claimCircuits(run, worker) }, at).keep()
}

/**
 * Whether an attempt may start, and what to call when it has. Where worker or run are held, what is under way is still
 * verified and landed, but no agent is called.
 */
export function admitAttempt(
  db: Database,
  { held, stage }: { readonly held: Claim; readonly stage: Stage },
  at: number,
): Admitted {
  const above = isAgentStage(stage) ? claimCircuits(held.run, held.worker) : []
  return admitAll(db, { run: held.run, id: claimId(held), under: [...above, ofStage(held, stage)] }, at)
}

interface Admitted {
  /** The first that is open; null where all let it start. */
  readonly hold: CircuitHold | null
  /** Writes down what is a probe now. */
  readonly keep: () => void
}

function admitAll(
  db: Database,
  asked: { readonly run: string; readonly id: string; readonly under: readonly CircuitId[] },
  at: number,
): Admitted {
  const rules = rulesOf(db, asked.run)
  const changes: Parameters<typeof keep>[1][] = []
  if (rules !== null) {
    for (const circuit of asked.under) {
      const before = readCircuit(db, circuit, at)
      const { admission, ...moved } = admit(before, { now: at, id: asked.id }, rules[circuit.level])
      if (!admission.allowed) {
        const probing = before.state === 'half_open'
        const hold = { level: circuit.level, retryAt: admission.retryAt, probing }
        return { hold, keep: () => undefined }
      }
      changes.push({ asked: circuit, before, moved })
    }
  }
  return { hold: null, keep: () => changes.forEach((change) => keep(db, change, at)) }
}

/** What the end of an attempt says to the three circuits that it ran under. */
export function settleAttempt(
  db: Database,
  { held, stage, outcome }: { readonly held: Claim; readonly stage: Stage; readonly outcome: AttemptOutcome },
  at: number,
): void {
  const rules = rulesOf(db, held.run)
  const said = circuitsHear(outcome)
  if (rules === null || said === null) return
  for (const asked of [ofStage(held, stage), ...claimCircuits(held.run, held.worker)]) {
    const kind = said[asked.level]
    const about = { id: claimId(held), now: at }
    const heard: CircuitOutcome =
      kind === 'failure'
        ? {
            kind,
            ...about,
            cause: said.ending,
            source: held.worker,
            random: spread(`${asked.identifier} ${at}`),
          }
        : { kind, ...about }
    const before = readCircuit(db, asked, at)
    keep(db, { asked, before, moved: settle(before, heard, rules[asked.level]) }, at)
  }
}

/** A claim that ended says no more: what it probed may be probed by another. */
export function releaseProbes(
  db: Database,
  held: { readonly run: string; readonly token: number },
  at: number,
): void {
  for (const row of db.all(CIRCUIT_SQL.notClosed, held.run)) {
    const before = circuitOf(row)
    keep(db, { asked: idOf(row), before, moved: release(before, claimId(held)) }, at)
  }
}

/** What happened to the circuits of a run, or to one of them, the latest last. */
export function readCircuitHistory(
  db: Database,
  asked: { readonly run: string; readonly circuit: CircuitId | null; readonly limit: number },
): CircuitEventRow[] {
  const { run, circuit, limit } = asked
  const rows =
    circuit === null
      ? db.all(CIRCUIT_SQL.historyOfRun, run, limit)
      : db.all(CIRCUIT_SQL.history, run, circuit.level, circuit.identifier, limit)
  return rows.map(eventRowOf).toReversed()
}

export function readCircuits(db: Database, [run]: Args<'circuits'>): Answer<'circuits'> {
  return db.all(CIRCUIT_SQL.ofRun, run).map((row) => ({ ...idOf(row), circuit: circuitOf(row) }))
}

/** Whoever starts or resumes a run wants it tried now: what holds workers and the run waits no longer. */
export function skipWaits(db: Database, run: string, at: number): void {
  for (const row of db.all(CIRCUIT_SQL.notClosed, run)) {
    const asked = idOf(row)
    if (asked.level === 'stage') continue
    const before = circuitOf(row)
    keep(db, { asked, before, moved: skipWait(before, at) }, at)
  }
}

/** A person who retries a task means that its stages should go on at once. */
export function resetStages(
  db: Database,
  task: { readonly run: string; readonly key: string },
  at: number,
): void {
  for (const stage of STAGES) {
    const asked = { run: task.run, level: 'stage', identifier: `${task.key}:${stage}` } as const
    const before = readCircuit(db, asked, at)
    if (before.state !== 'closed' || before.failures > 0) resetCircuit(db, [asked, at])
  }
}

/** By a person. Null where there is no such circuit. */
export function resetCircuit(db: Database, [asked, at]: Args<'resetCircuit'>): Answer<'resetCircuit'> {
  const row = db.get(CIRCUIT_SQL.find, asked.run, asked.level, asked.identifier)
  if (row === null) return null
  const before = circuitOf(row)
  keep(db, { asked, before, moved: reset(before, { now: at }) }, at)
  return before.state
}

/** The options of a run's circuits; null where it asks none. */
function rulesOf(db: Database, run: string): CircuitRules | null {
  const row = db.get(CIRCUIT_SQL.rules, run)
  if (row === null || row['circuits'] === null) return null
  const rules = jsonObject(row, 'circuits') as unknown as CircuitRules
  return { ...rules, system: forWorkers(rules.system, number(row, 'workers')) }
}

/** A number in [0, 1) that differs from circuit to circuit and from time to time (FNV-1a). */
function spread(text: string): number {
  let hash = 2_166_136_261
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
  return (hash >>> 0) / 2 ** 32
}

function claimCircuits(run: string, worker: string): CircuitId[] {
  return [
    { run, level: 'system', identifier: 'system' },
    { run, level: 'worker', identifier: worker },
  ]
}

function ofStage(held: Claim, stage: Stage): CircuitId {
  return { run: held.run, level: 'stage', identifier: `${held.task.definition.key}:${stage}` }
}

function claimId(held: { readonly token: number }): string {
  return `claim_${held.token}`
}

function readCircuit(db: Database, asked: CircuitId, at: number): Circuit {
  const row = db.get(CIRCUIT_SQL.find, asked.run, asked.level, asked.identifier)
  return row === null ? newCircuit(at) : circuitOf(row)
}

/** Nothing is written while nothing changes. */
function keep(
  db: Database,
  change: { readonly asked: CircuitId; readonly before: Circuit; readonly moved: Moved },
  at: number,
): void {
  const { asked, before, moved } = change
  const { circuit } = moved
  if (circuit !== before) {
    const { history } = circuit
    db.run(
      CIRCUIT_SQL.keep,
      asked.run,
      asked.level,
      asked.identifier,
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
  }
  for (const fact of moved.facts) tell(db, { asked, fact, cause: circuit.history.cause }, at)
}

function tell(
  db: Database,
  told: { readonly asked: CircuitId; readonly fact: CircuitFact; readonly cause: string | null },
  at: number,
): void {
  const { asked, fact, cause } = told
  const { kind, ...numbers } = fact
  const [from, to] = kind === 'state_change' ? [fact.from, fact.to] : [null, null]
  db.run(
    CIRCUIT_SQL.tell,
    at,
    asked.run,
    asked.level,
    asked.identifier,
    kind,
    from,
    to,
    cause,
    JSON.stringify(numbers),
  )
  const name = kind === 'state_change' ? CHANGE_EVENTS[fact.to] : FACT_EVENTS[kind]
  const data = { level: asked.level, circuit: asked.identifier, cause, ...numbers }
  addEvent(db, { run: asked.run, kind: name, task: taskOf(asked), attempt: null, data }, at)
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
  return level === 'stage' ? identifier.slice(0, identifier.lastIndexOf(':')) : null
}

function idOf(row: Row): CircuitId {
  return {
    run: text(row, 'run'),
    level: oneOf<CircuitLevel>(row, 'level', CIRCUIT_LEVELS),
    identifier: text(row, 'identifier'),
  }
}

function eventRowOf(row: Row): CircuitEventRow {
  return {
    ...idOf(row),
    at: number(row, 'at'),
    kind: text(row, 'kind'),
    from: textOrNull(row, 'from_state'),
    to: textOrNull(row, 'to_state'),
    cause: textOrNull(row, 'cause'),
    data: jsonObject(row, 'data'),
  }
}

function circuitOf(row: Row): Circuit {
  const { version, circuit } = jsonObject(row, 'details')
  if (version === DETAILS_VERSION && typeof circuit === 'object') return circuit as Circuit
  throw unexpected('details', `a circuit of version ${DETAILS_VERSION}`, number(row, 'id'))
}
