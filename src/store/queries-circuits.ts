import { PERSON } from '../domain/person.ts'
import type { AttemptOutcome } from '../domain/attempt.ts'
import { circuitsHear } from '../domain/circuit-causes.ts'
import { admit, end, type CircuitOutcome, release, reset, settle, skipWait } from '../domain/circuit-moves.ts'
import { type Circuit, type CircuitOptions, newCircuit, stageOf } from '../domain/circuit.ts'
import { DEFAULT_CIRCUITS, OUTSIDE_PROBE_MS } from '../domain/circuit-options.ts'
import { isAgentStage, type Stage, STAGES } from '../domain/stage.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { type Change, KEEP_CIRCUIT_SQL, keepCircuit } from './keep-circuit.ts'
import { jsonObject, number, text, textOrNull } from './rows.ts'
import { circuitOf, circuitsOf, idOf, type Place, RUN_CIRCUITS_SQL, rulesOf } from './run-circuits.ts'
import type {
  CheckAnswer,
  CircuitEventRow,
  CircuitHold,
  CircuitId,
  OutsideCircuit,
  OutsideOutcome,
} from './circuit-records.ts'
import type { HeldClaim } from './store.ts'

export const CIRCUIT_SQL = {
  ...RUN_CIRCUITS_SQL,
  ...KEEP_CIRCUIT_SQL,
  find: 'SELECT * FROM circuits WHERE run = ? AND level = ? AND identifier = ?',
  notClosed: `SELECT * FROM circuits WHERE run = ? AND state <> 'closed'`,
  /** What waits for a dependency cannot fail now, nor can what is settled. */
  workable: `SELECT key FROM tasks WHERE run = ? AND state IN ('available', 'retryable', 'running', 'landing') LIMIT ?`,
  lastClaim: 'SELECT token FROM tasks WHERE id = ?',
  historyOfRun: 'SELECT * FROM circuit_events WHERE run = ? ORDER BY id DESC LIMIT ?',
  history:
    'SELECT * FROM circuit_events WHERE run = ? AND level = ? AND identifier = ? ORDER BY at DESC, id DESC LIMIT ?',
} as const

/** What keeps a worker from claiming anything: the run's circuit, or its own. */
export function circuitHold(db: Database, [run, worker, at]: Args<'circuitHold'>): Answer<'circuitHold'> {
  return admitAll(db, { run, id: '', place: { worker, task: '', stage: null } }, at).hold
}

/** The claim is a probe of what is half open. Only to be called where `circuitHold` found nothing in the same transaction. */
export function admitClaim(db: Database, held: HeldClaim, at: number): void {
  const place = { worker: held.worker, task: held.task.definition.key, stage: null }
  admitAll(db, { run: held.run, id: claimId(held), place }, at).keep()
}

/**
 * Whether an attempt may start, and what to call when it has. Where worker or run are held, what is under way is still
 * verified and landed, but no agent is called.
 */
export function admitAttempt(
  db: Database,
  { held, stage }: { readonly held: HeldClaim; readonly stage: Stage },
  at: number,
): Admitted {
  // What a person does says nothing of agents and their machine.
  if (held.worker === PERSON) return ADMITTED
  const place = { worker: held.worker, task: held.task.definition.key, stage }
  return admitAll(db, { run: held.run, id: claimId(held), place }, at)
}

interface Admitted {
  /** The first that is open; null where all let it start. */
  readonly hold: CircuitHold | null
  /** Writes down what is a probe now. */
  readonly keep: () => void
}

const ADMITTED: Admitted = { hold: null, keep: () => undefined }

function admitAll(
  db: Database,
  asked: { readonly run: string; readonly id: string; readonly place: Place },
  at: number,
): Admitted {
  const circuits = circuitsOf(db, asked.run)
  if (circuits.rules === null || circuits.areCalm(asked.place)) return ADMITTED
  const changes: Change[] = []
  for (const id of guardsOf(asked.run, asked.place)) {
    const before = circuits.find(id)
    if (before === null) continue
    const { admission, ...moved } = admit(before, { now: at, id: asked.id }, circuits.rules[id.level])
    if (!admission.allowed) {
      const probing = before.state === 'half_open'
      return { hold: { level: id.level, retryAt: admission.retryAt, probing }, keep: ADMITTED.keep }
    }
    changes.push({ id, before, moved })
  }
  return { hold: null, keep: () => changes.forEach((change) => keepCircuit(db, change, at)) }
}

/**
 * Run and worker are asked where something is claimed or an agent is called. The stage is asked first: a task whose stage
 * is used up is written down as such at once, whatever else is held.
 */
function guardsOf(run: string, { worker, task, stage }: Place): CircuitId[] {
  const above = stage === null || isAgentStage(stage) ? claimCircuits(run, worker) : []
  return stage === null ? above : [ofStage(run, task, stage), ...above]
}

/** Whether what is claimed now probes the run. */
export function isProbed(db: Database, run: string): boolean {
  const circuits = circuitsOf(db, run)
  const state = circuits.find(ofSystem(run))?.state ?? 'closed'
  return circuits.rules !== null && state !== 'closed'
}

/**
 * A probe of the run should tell of the run: it takes a task that has not probed it in vain, where there is one, and then
 * the one whose turn is longest ago; among equals one that has nothing against it.
 */
export function inProbeOrder(
  db: Database,
  { run, candidates }: { readonly run: string; readonly candidates: readonly string[] },
): readonly string[] {
  const circuits = circuitsOf(db, run)
  const ofRun = circuits.find(ofSystem(run))
  if (ofRun === null || !isProbed(db, run)) return candidates
  const { tried } = ofRun.history
  const rank = (task: string): number => 2 * tried.indexOf(task) + (circuits.areStagesCalm(task) ? 0 : 1)
  return candidates.toSorted((one, other) => rank(one) - rank(other))
}

/**
 * What the end of an attempt says to the three circuits that it ran under. Where it probed the run and its surroundings
 * failed, it is the run that still fails: a stage or worker that is probed as well has shown nothing, and loses no
 * extension. But a task that alone probes the run shows its own fault from the second time on. The success of a stage that
 * calls no agent is no answer where agents are held back: its claim goes on as the probe, until an agent of it is called or
 * it ends.
 */
export function settleAttempt(
  db: Database,
  { held, stage, outcome, startedAt }: EndedAttempt,
  at: number,
): void {
  const circuits = circuitsOf(db, held.run)
  const said = circuitsHear(outcome)
  if (circuits.rules === null || said === null || held.worker === PERSON) return
  const { key } = held.task.definition
  const about = { id: claimId(held), now: at }
  const ofRun = circuits.find(ofSystem(held.run))
  const isOutage = said.system === 'failure' && isProbe(ofRun, about.id)
  const isAlone = ofRun?.history.tried.at(-1) === key
  for (const id of [ofStage(held.run, key, stage), ...claimCircuits(held.run, held.worker)]) {
    const before = circuits.find(id) ?? newCircuit(at)
    const options = circuits.rules[id.level]
    const isSpared = isOutage && before.state === 'half_open' && (id.level === 'worker' || !isAlone)
    const kind = isSpared && id.level !== 'system' ? 'unknown' : said[id.level]
    const isNoAnswer = kind === 'success' && id.level !== 'stage' && !isAgentStage(stage)
    if (isNoAnswer && before.state !== 'closed') continue
    const failure = (): CircuitOutcome => ({
      kind: 'failure',
      ...about,
      cause: said.ending,
      source: held.worker,
      task: key,
      workable: workableTasks(db, held.run, options),
      random: spread(`${id.identifier} ${at}`),
    })
    const heard = kind === 'failure' ? failure() : { kind, ...about, began: startedAt }
    keepCircuit(db, { id, before, moved: settle(before, heard, options) }, at)
  }
}

interface EndedAttempt {
  readonly held: HeldClaim
  readonly stage: Stage
  readonly outcome: AttemptOutcome
  readonly startedAt: number
}

/** No more than are asked for: so many could have failed then, whichever of them did. */
function workableTasks(db: Database, run: string, { tasks }: CircuitOptions): string[] {
  return tasks < 2 ? [] : db.all(CIRCUIT_SQL.workable, run, tasks).map((row) => text(row, 'key'))
}

function isProbe(circuit: Circuit | null, id: string): boolean {
  return circuit?.state === 'half_open' && circuit.probes.some((probe) => probe.id === id)
}

/** The last claim of a task ended and says no more: what it probed may be probed by another. */
export function releaseProbes(
  db: Database,
  { run, task }: { readonly run: string; readonly task: number },
  at: number,
): void {
  const rows = db.all(CIRCUIT_SQL.notClosed, run)
  const claim = rows.length === 0 ? null : db.get(CIRCUIT_SQL.lastClaim, task)
  if (claim === null || claim['token'] === null) return
  const probe = claimId({ token: number(claim, 'token') })
  for (const row of rows) {
    const before = circuitOf(row)
    keepCircuit(db, { id: idOf(row), before, moved: release(before, probe) }, at)
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
  return rows.map(circuitEventOf).toReversed()
}

/** Null where it never counted a failure. */
export function readCircuit(db: Database, { run, level, identifier }: CircuitId): Circuit | null {
  const row = db.get(CIRCUIT_SQL.find, run, level, identifier)
  return row === null ? null : circuitOf(row)
}

export function readCircuits(db: Database, [run, which]: Args<'circuits'>): Answer<'circuits'> {
  const rows = db.all(which === 'not_closed' ? CIRCUIT_SQL.notClosed : CIRCUIT_SQL.ofRun, run)
  return rows.map((row) => ({ ...idOf(row), circuit: circuitOf(row) }))
}

/** A person wants a run tried now: what holds workers and the run waits no longer. */
export function skipWaits(db: Database, run: string, at: number): void {
  for (const row of db.all(CIRCUIT_SQL.notClosed, run)) {
    const id = idOf(row)
    if (id.level === 'stage') continue
    const before = circuitOf(row)
    keepCircuit(db, { id, before, moved: skipWait(before, at) }, at)
  }
}

/**
 * Its run has ended: nothing probes any more, and that of the run closes. Others stay as they are: they hold nothing back, tell
 * why a task or a worker ended, and count again where a retry resumes the run.
 */
export function endCircuits(db: Database, run: string, at: number): void {
  for (const row of db.all(CIRCUIT_SQL.notClosed, run)) {
    const id = idOf(row)
    const before = circuitOf(row)
    const probes = before.state === 'half_open' ? before.probes : []
    const released = probes.reduce((circuit, probe) => release(circuit, probe.id).circuit, before)
    const moved = id.level === 'system' ? end(before, at) : { circuit: released, facts: [] }
    keepCircuit(db, { id, before, moved }, at)
  }
}

/** A person who retries a task means that its stages should go on at once. */
export function resetStages(
  db: Database,
  task: { readonly run: string; readonly key: string },
  at: number,
): void {
  for (const stage of STAGES) {
    const id = ofStage(task.run, task.key, stage)
    const before = circuitsOf(db, task.run).find(id)
    if (before !== null && isMarked(before)) resetCircuit(db, [id, at])
  }
}

/** A reset would change it. */
function isMarked(circuit: Circuit): boolean {
  return circuit.state !== 'closed' || circuit.failures > 0 || circuit.history.extensions > 0
}

/** By a person. Null where there is no such circuit. */
export function resetCircuit(db: Database, [id, at]: Args<'resetCircuit'>): Answer<'resetCircuit'> {
  const before = circuitsOf(db, id.run).find(id)
  if (before === null) return null
  keepCircuit(db, { id, before, moved: reset(before, { now: at }) }, at)
  return before.state
}

/** All of a run, by a person. Answers the state that each was in. */
export function resetCircuits(db: Database, run: string, at: number): readonly ResetCircuit[] {
  return db.all(CIRCUIT_SQL.ofRun, run).flatMap((row) => {
    const { level, identifier } = idOf(row)
    const from = resetCircuit(db, [{ run, level, identifier }, at])
    return from === null ? [] : [{ level, id: identifier, from }]
  })
}

interface ResetCircuit {
  readonly level: CircuitId['level']
  readonly id: string
  readonly from: Circuit['state']
}

/**
 * Whether something beside the engine may start, and whether it is a probe then. Only a claim goes on as the probe that
 * it is already: a check is asked once.
 */
export function askCircuit(db: Database, asked: OutsideCircuit, at: number): CheckAnswer {
  const before = circuitsOf(db, asked.run).find(asked)
  if (before === null) return { allowed: true, probe: false }
  if (isProbe(before, asked.asker)) return { allowed: false, probe: false }
  const options = outsideOptions(db, asked)
  const probeMs = asked.options?.probeMs ?? Math.min(options.probeMs, OUTSIDE_PROBE_MS)
  const { admission, ...moved } = admit(before, { now: at, id: asked.asker }, { ...options, probeMs })
  keepCircuit(db, { id: asked, before, moved }, at)
  return { allowed: admission.allowed, probe: admission.allowed && admission.probe }
}

/** What came of something beside the engine. Answers the state that the circuit is in now. */
export function tellCircuit(
  db: Database,
  told: OutsideCircuit & { readonly says: OutsideOutcome },
  at: number,
): Circuit['state'] {
  const before = circuitsOf(db, told.run).find(told) ?? newCircuit(at)
  const options = outsideOptions(db, told)
  const workable = workableTasks(db, told.run, options)
  const moved = settle(before, heardOutside(before, { ...told, workable }, at), options)
  keepCircuit(db, { id: told, before, moved }, at)
  return moved.circuit.state
}

/**
 * Nobody knows which task it is about where it is not told of a stage: each failure is of one that did not fail before.
 */
export function heardOutside(circuit: Circuit, told: OutsideTelling, at: number): CircuitOutcome {
  const { says, workable } = told
  const about = { id: told.asker, now: at }
  if (says.kind !== 'failure') return { ...says, ...about }
  const nth = circuit.state === 'closed' ? circuit.failures : 0
  const task = told.level === 'stage' ? stageOf(told.identifier).task : `outside ${at} ${nth}`
  return { ...says, ...about, task, workable, random: spread(`${told.identifier} ${at}`) }
}

interface OutsideTelling extends Pick<OutsideCircuit, 'level' | 'identifier' | 'asker'> {
  readonly says: OutsideOutcome
  readonly workable: readonly string[]
}

/** What is asked from outside brings its own options, or goes by those of the run. */
export function outsideOptions(
  db: Database,
  { run, level, options }: Pick<OutsideCircuit, 'run' | 'level' | 'options'>,
): CircuitOptions {
  return options ?? rulesOf(db, run)?.[level] ?? DEFAULT_CIRCUITS[level]
}

/** A number in [0, 1) that differs from circuit to circuit and from time to time (FNV-1a). */
function spread(text: string): number {
  let hash = 2_166_136_261
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
  return (hash >>> 0) / 2 ** 32
}

function claimCircuits(run: string, worker: string): CircuitId[] {
  return [ofSystem(run), { run, level: 'worker', identifier: worker }]
}

function ofSystem(run: string): CircuitId {
  return { run, level: 'system', identifier: 'system' }
}

function ofStage(run: string, task: string, stage: Stage): CircuitId {
  return { run, level: 'stage', identifier: `${task}:${stage}` }
}

function claimId(held: { readonly token: number }): string {
  return `claim_${held.token}`
}

export function circuitEventOf(row: Row): CircuitEventRow {
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
