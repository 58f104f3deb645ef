import {
  type Circuit,
  CIRCUIT_LEVELS,
  type CircuitLevel,
  type CircuitOptions,
  isCalm,
  stageOf,
} from '../domain/circuit.ts'
import { DEFAULT_CIRCUITS, forWorkers } from '../domain/circuit-options.ts'
import type { Stage } from '../domain/stage.ts'
import { OrchestratorError } from '../errors.ts'
import type { Database, Row } from './database.ts'
import { jsonObject, number, oneOf, text, unexpected } from './rows.ts'
import type { CircuitId, CircuitRules } from './circuit-records.ts'

/** Of the column `details`, which holds the whole circuit; the other columns are for views and people. */
export const DETAILS_VERSION = 2

export const RUN_CIRCUITS_SQL = {
  rules: 'SELECT circuits, workers FROM runs WHERE id = ?',
  ofRun: 'SELECT * FROM circuits WHERE run = ? ORDER BY level, identifier',
} as const

/** What work runs under: its run, its worker, and the stage of its task once one is to start. */
export interface Place {
  readonly worker: string
  readonly task: string
  /** Null for a claim. */
  readonly stage: Stage | null
}

/**
 * The circuits of one run in memory. Only those that ever counted a failure are there; any other is closed, and new.
 * What is written goes through `put` in the same transaction.
 */
class RunCircuits {
  readonly run: string
  /** The options of each level; null where the run asks no circuit. */
  readonly rules: CircuitRules | null
  readonly #circuits = new Map<string, Circuit>()
  /** Those that may hold something, or move when they are asked: few, whatever failed before. */
  readonly #restless = { system: false, workers: new Set<string>(), stages: new Map<string, Set<string>>() }

  constructor(run: string, rules: CircuitRules | null) {
    this.run = run
    this.rules = rules
  }

  find({ level, identifier }: CircuitId): Circuit | null {
    return this.#circuits.get(`${level}:${identifier}`) ?? null
  }

  put({ level, identifier }: CircuitId, circuit: Circuit): void {
    this.#circuits.set(`${level}:${identifier}`, circuit)
    const isRestless = !isCalm(circuit)
    const { workers, stages } = this.#restless
    if (level === 'system') this.#restless.system = isRestless
    else if (level === 'worker') setIn(workers, identifier, isRestless)
    else {
      const { task, stage } = stageOf(identifier)
      const ofTask = stages.get(task) ?? new Set()
      setIn(ofTask, stage, isRestless)
      if (ofTask.size > 0) stages.set(task, ofTask)
      else stages.delete(task)
    }
  }

  /** Whether all that guards a place lets it start and stays as it is: the answer to nearly every question. */
  areCalm({ worker, task, stage }: Place): boolean {
    const { system, workers, stages } = this.#restless
    if (system || workers.has(worker)) return false
    return stage === null || stages.get(task)?.has(stage) !== true
  }

  areStagesCalm(task: string): boolean {
    return !this.#restless.stages.has(task)
  }
}

function setIn(set: Set<string>, member: string, isMember: boolean): void {
  if (isMember) set.add(member)
  else set.delete(member)
}

interface Remembered {
  readonly circuits: RunCircuits
  /** What was undone before they were read. */
  readonly undone: number
}

/** The run that was asked about last: an owner works on one. */
const REMEMBERED = new WeakMap<Database, Remembered>()

/** Read once; again when something was undone, the run was started anew, or another run was asked about. */
export function circuitsOf(db: Database, run: string): RunCircuits {
  const known = REMEMBERED.get(db)
  if (known !== undefined && known.circuits.run === run && known.undone === db.undone) return known.circuits
  const circuits = new RunCircuits(run, rulesOf(db, run))
  for (const row of db.all(RUN_CIRCUITS_SQL.ofRun, run)) circuits.put(idOf(row), circuitOf(row))
  REMEMBERED.set(db, { circuits, undone: db.undone })
  return circuits
}

/** To be called where the options of a run change. */
export function forgetCircuits(db: Database): void {
  REMEMBERED.delete(db)
}

/** Null where the run asks no circuit. Read each time: what is remembered is the owner's alone. */
export function rulesOf(db: Database, run: string): CircuitRules | null {
  const row = db.get(RUN_CIRCUITS_SQL.rules, run)
  return row === null ? null : rulesFrom(row)
}

/** Of a row of `runs`; in a store that no newer program has brought up yet it has none. */
export function rulesFrom(row: Row): CircuitRules | null {
  if ((row['circuits'] ?? null) === null) return null
  const kept = jsonObject(row, 'circuits') as unknown as CircuitRules
  // A run that was started before tasks were counted says nothing of them until it is started again.
  const rule = (level: CircuitLevel): CircuitOptions => ({ ...DEFAULT_CIRCUITS[level], ...kept[level] })
  const rules = { stage: rule('stage'), worker: rule('worker'), system: rule('system') }
  return forWorkers(rules, number(row, 'workers'))
}

export function idOf(row: Row): CircuitId {
  return {
    run: text(row, 'run'),
    level: oneOf<CircuitLevel>(row, 'level', CIRCUIT_LEVELS),
    identifier: text(row, 'identifier'),
  }
}

export function circuitOf(row: Row): Circuit {
  const { version, circuit } = jsonObject(row, 'details')
  if (typeof circuit === 'object') {
    if (version === DETAILS_VERSION) return circuit as Circuit
    if (version === 1) return withoutTasks(circuit as CircuitOfVersion1)
  }
  if (typeof version === 'number' && version > DETAILS_VERSION) {
    const { level, identifier } = idOf(row)
    throw new OrchestratorError(
      'store_newer',
      `The circuit ${level}:${identifier} has details of version ${version}; this program knows versions up to ${DETAILS_VERSION}.`,
      { hint: 'Use the version of the program that wrote it, or a newer one.' },
    )
  }
  throw unexpected('details', `a circuit of version ${DETAILS_VERSION}`, row['details'])
}

/** Before version 2 no circuit knew which tasks failed. */
type CircuitOfVersion1 =
  | Exclude<Circuit, { state: 'closed' }>
  | Omit<Extract<Circuit, { state: 'closed' }>, 'tasks'>

/** A rate begins anew: what is in its window would be the fault of nobody. */
function withoutTasks(circuit: CircuitOfVersion1): Circuit {
  const history = { ...circuit.history, tried: [] }
  return circuit.state === 'closed'
    ? { ...circuit, tasks: [], window: null, history }
    : { ...circuit, history }
}
