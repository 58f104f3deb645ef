import { existsSync } from 'node:fs'
import type { Circuit, CircuitOptions } from '../domain/circuit.ts'
import { DEFAULT_CIRCUITS } from '../domain/circuit-options.ts'
import type { Event } from '../domain/event.ts'
import type { KeptPrompt } from '../domain/prompt-part.ts'
import type { Silence } from '../domain/silence.ts'
import type { AgentStage } from '../domain/stage.ts'
import type { RunPause } from '../domain/way-on.ts'
import type { Clock } from '../runtime/clock.ts'
import { realPath } from '../runtime/real-path.ts'
import type { Database } from './database.ts'
import {
  countStaleClaims,
  type MetricEvent,
  readFigures,
  readMetricEvents,
  type StoredFigures,
} from './metric-queries.ts'
import { requireNotEmptied } from './emptied-store.ts'
import { schemaVersion } from './schema-version.ts'
import { mayWrite } from './may-write.ts'
import { openToRead } from './open-to-read.ts'
import { refuseOtherProgram } from './other-program.ts'
import { outsideOptions, readCircuit, readCircuitHistory } from './queries-circuits.ts'
import { lastEvent, readEvents } from './queries-events.ts'
import { readSpentSince } from './queries-budgets.ts'
import {
  type AgentRecord,
  readAccepted,
  readAgentOf,
  readAgentRecord,
  readAgentTimes,
  readWorkAhead,
  type WorkAhead,
} from './queries-forecast.ts'
import { readHistory } from './queries-history.ts'
import { landed, lostLandings, openIntents } from './queries-landing.ts'
import { type OwnerRecord, readOwner } from './queries-owner.ts'
import { readQuarantined } from './queries-quarantine.ts'
import { findCurrentRun, findRun, findUnfinishedRun, readRest } from './queries-runs.ts'
import { readSpend } from './queries-spend.ts'
import { readTranscript } from './queries-transcripts.ts'
import { readPlanTexts } from './queries-plan.ts'
import { readPrompt, readTemplates } from './queries-prompts.ts'
import { silenceOf } from './silent-owner.ts'
import { requireLinkedStore, requireRegularFile } from './store-file.ts'
import { readTask, readTasks } from './queries-tasks.ts'
import { recallEvidence } from './queries-evidence.ts'
import { readWorkers } from './queries-workers.ts'
import {
  type AttemptRecord,
  type CircuitCounts,
  countCircuits,
  countEvents,
  countTasks,
  type EventCount,
  type MeasuredBase,
  readAttempts,
  readBase,
  readGuardedCircuits,
  readHeldProbes,
  readRunIds,
  readTookMs,
  readUnlanded,
  readWithPeople,
  readTriedAgain,
  type TaskCounts,
  type TriedAgain,
  type WhichCircuits,
} from './read-queries.ts'
import type { SpendSummary } from './accounts.ts'
import type { CircuitEventRow, CircuitId, GuardedCircuit } from './circuit-records.ts'
import type {
  LandingIntent,
  LandingReceipt,
  QuarantinedTest,
  Run,
  Task,
  TaskHistory,
  WorkerNote,
} from './store.ts'

/** The schema that has the table of quarantined tests. */
const QUARANTINE_SINCE = 3

/** The schema in which a run keeps the options of its circuits. */
const CIRCUIT_RULES_SINCE = 4

/** The schema in which attempts have a tier. */
const MODELS_SINCE = 11
/** The schema that keeps what agents were sent. */
const PROMPTS_SINCE = 12

/** The schema in which tasks have their kind as a column. */
const KINDS_SINCE = 14

/** How often a reader looks whether something was written. */
const LOOK_MS = 50

/** A read-only look at a store from any process, beside its owner or without one. Synchronous: each read is short. */
export class StoreReader implements Disposable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  run(id: string): Run | null {
    return findRun(this.#db, [id])
  }

  /** The run that people mean when they name none. */
  currentRun(): Run | null {
    return findCurrentRun(this.#db)
  }

  /** Ids of all runs, oldest first. */
  runIds(): string[] {
    return readRunIds(this.#db)
  }

  /** Keys of tasks with accepted work that has not landed. */
  unlanded(run: string): string[] {
    return readUnlanded(this.#db, run)
  }

  unfinishedRun(): Run | null {
    return findUnfinishedRun(this.#db)
  }

  /** How it came to rest; null while it is worked. */
  pause(run: string): RunPause | null {
    return readRest(this.#db, [run])
  }

  tasks(run: string): Task[] {
    return readTasks(this.#db, [run])
  }

  task(run: string, key: string): Task | null {
    return readTask(this.#db, [run, key])
  }

  /** Tasks that people have, or that wait to land and may need one for it. */
  withPeople(run: string): Task[] {
    return readWithPeople(this.#db, run)
  }

  counts(run: string): TaskCounts {
    return countTasks(this.#db, run)
  }

  /** Tasks that are tried again at a time that is yet to come; null where none is. */
  triedAgain(run: string, now: number): TriedAgain | null {
    return readTriedAgain(this.#db, run, now)
  }

  history(run: string, key: string): TaskHistory {
    return readHistory(this.#db, [run, key])
  }

  attempts(run: string, key: string): AttemptRecord[] {
    return readAttempts(this.#db, run, key)
  }

  /** Each suite as it was measured before anything landed. */
  base(run: string): MeasuredBase[] {
    return readBase(this.#db, run)
  }

  /** How long workers held each landed task, in milliseconds. */
  tookMs(run: string): Map<string, number> {
    return readTookMs(this.#db, run)
  }

  /** What a program said that kept it here; newer ones keep it in files beside the store. */
  transcript(attempt: number): string | null {
    return readTranscript(this.#db, [attempt])
  }

  /** What an attempt was sent; null where that was not kept. */
  prompt(attempt: number): KeptPrompt | null {
    return schemaVersion(this.#db) < PROMPTS_SINCE ? null : readPrompt(this.#db, attempt)
  }

  /** The templates that a run was last started with; null where it was not. */
  templates(run: string): Readonly<Record<AgentStage, string>> | null {
    return schemaVersion(this.#db) < PROMPTS_SINCE ? null : readTemplates(this.#db, run)
  }

  planTexts(run: string): string[] {
    return readPlanTexts(this.#db, [run])
  }

  evidence(key: string): string | null {
    return recallEvidence(this.#db, [key])
  }

  /** None in a store that no newer program has brought up yet. */
  quarantined(): QuarantinedTest[] {
    return schemaVersion(this.#db) < QUARANTINE_SINCE ? [] : readQuarantined(this.#db)
  }

  spend(run: string): SpendSummary {
    return readSpend(this.#db, [run])
  }

  /** What an agent did in all runs; nothing is known of it in a store that no newer program has brought up yet. */
  agentRecord(agent: string): AgentRecord {
    const isKnown = schemaVersion(this.#db) >= MODELS_SINCE
    return isKnown ? readAgentRecord(this.#db, agent) : { records: [], tasks: 0 }
  }

  /** How long workers held each task of it that has landed, in milliseconds; the latest of them. */
  agentTimes(agent: string): number[] {
    return readAgentTimes(this.#db, agent)
  }

  /** The agent that a run called last; null before it called any. */
  agentOf(run: string): string | null {
    return readAgentOf(this.#db, run)
  }

  /** How many tasks that go on by themselves are alike in what they have before them; null in a store that no newer program has brought up yet. */
  workAhead(run: string): WorkAhead[] | null {
    return schemaVersion(this.#db) < KINDS_SINCE ? null : readWorkAhead(this.#db, run)
  }

  /** By task: which stages are accepted and still count. */
  acceptedStages(run: string): ReturnType<typeof readAccepted> {
    return readAccepted(this.#db, run)
  }

  /** What attempts used that began since then, in all runs. */
  spentSince(at: number, now: number): ReturnType<typeof readSpentSince> {
    return readSpentSince(this.#db, at, now)
  }

  workers(run: string): WorkerNote[] {
    return readWorkers(this.#db, [run])
  }

  circuits(run: string): CircuitCounts {
    return countCircuits(this.#db, run)
  }

  circuit(id: CircuitId): Circuit | null {
    return readCircuit(this.#db, id)
  }

  /** By which whoever asks from outside is answered. No run has any in a store that no newer program has brought up yet. */
  circuitOptions(asked: Parameters<typeof outsideOptions>[1]): CircuitOptions {
    const options = schemaVersion(this.#db) < CIRCUIT_RULES_SINCE ? DEFAULT_CIRCUITS[asked.level] : null
    return outsideOptions(this.#db, { ...asked, options: asked.options ?? options })
  }

  circuitRows(run: string, which: WhichCircuits = 'all'): GuardedCircuit[] {
    return readGuardedCircuits(this.#db, run, which)
  }

  /** Probes of the claims that a worker holds, as circuits name them. */
  heldProbes(run: string): ReadonlySet<string> {
    return readHeldProbes(this.#db, run)
  }

  circuitHistory(asked: Parameters<typeof readCircuitHistory>[1]): CircuitEventRow[] {
    return readCircuitHistory(this.#db, asked)
  }

  landed(run: string): LandingReceipt[] {
    return landed(this.#db, [run])
  }

  /** Keys of completed tasks whose landing was lost, and that nobody retried since. */
  lostLandings(run: string): string[] {
    return lostLandings(this.#db, [run])
  }

  openIntents(run: string): LandingIntent[] {
    return openIntents(this.#db, [run])
  }

  owner(): OwnerRecord | null {
    return readOwner(this.#db)
  }

  /** Whether a process has it that may still write, and not for one change only. */
  isHeld(now: number): boolean {
    const owner = this.owner()
    return mayWrite(owner, now) && owner?.passing === false
  }

  /** That of the owner; null where it speaks, has gone, or is on another machine. */
  silence(now: number): Silence | null {
    return silenceOf(this.owner(), now)
  }

  events(query: { readonly after: number; readonly limit: number; readonly run?: string }): Event[] {
    return readEvents(this.#db, [query])
  }

  /** How often each kind of event happened in a run. */
  eventCounts(run: string): EventCount[] {
    return countEvents(this.#db, run)
  }

  /** The number of the newest event; 0 when there is none. */
  lastEvent(): number {
    return lastEvent(this.#db)
  }

  /** Events with what metrics need of them. */
  metricEvents(query: { readonly after: number; readonly limit: number }): MetricEvent[] {
    return readMetricEvents(this.#db, query)
  }

  staleClaims(run: string, now: number): number {
    return countStaleClaims(this.#db, run, now)
  }

  /** Numbers of the store, and of that run. */
  figures(run: string | null, now: number): StoredFigures {
    return readFigures(this.#db, run, now)
  }

  /** Resolves when an event after `seq` exists or the signal aborts. */
  async waitForEvent(seq: number, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
    while (!signal.aborted && this.lastEvent() <= seq) await clock.sleep(LOOK_MS, signal)
  }

  /** Several reads of one and the same moment. */
  snapshot<Result>(read: () => Result): Result {
    this.#db.exec('BEGIN')
    try {
      return read()
    } finally {
      this.#db.rollback()
    }
  }

  close(): void {
    this.#db.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Null when there is no store at that path yet. Throws store_newer, store_corrupt and state_unusable. */
export function openReader(named: string): StoreReader | null {
  requireRegularFile(named)
  requireLinkedStore(named)
  const path = realPath(named)
  requireNotEmptied(path)
  if (!existsSync(path)) return null
  refuseOtherProgram(path)
  const db = openToRead(path)
  try {
    if (schemaVersion(db) > 0) return new StoreReader(db)
  } catch (thrown) {
    db.close()
    throw thrown
  }
  db.close()
  return null
}
