import { CAUSE_CLASSES, type CauseClass, failureOf } from '../domain/circuit-causes.ts'
import { DEFAULT_CIRCUITS, optionProblem, OUTSIDE_PROBE_MS } from '../domain/circuit-options.ts'
import { admit, settle } from '../domain/circuit-moves.ts'
import { type Circuit, type CircuitLevel, type CircuitOptions, newCircuit } from '../domain/circuit.ts'
import { requireGiven } from '../domain/given.ts'
import { type Stage, STAGES } from '../domain/stage.ts'
import { suggest } from '../domain/suggest.ts'
import { OrchestratorError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import type { StoreClient } from '../store/client.ts'
import { heardOutside } from '../store/queries-circuits.ts'
import type { CheckAnswer, CircuitId, OutsideOutcome } from '../store/circuit-records.ts'
import type { Run } from '../store/store.ts'

/** Options of one breaker; what is left out has the documented default, and `probeMs` five minutes. Without any the options of the run hold. Throws `config_invalid` for one that is unknown or out of its range, and where they contradict each other. */
export type CircuitBreakerConfig = Partial<CircuitOptions>

/**
 * A circuit of the current run, asked and told from beside the engine: of a run of this process, of another, or of none.
 * Whoever owns the store moves it, so that what is counted here holds back the run as well, and the other way round.
 */
abstract class CircuitBreaker {
  protected readonly store: StoreClient
  readonly #level: CircuitLevel
  readonly #identifier: string
  readonly #options: CircuitOptions | null
  /** Those of this object that nothing came of yet, oldest first; never more than the circuit waits for. */
  #probes: readonly string[] = []

  constructor(
    store: StoreClient,
    id: { readonly level: CircuitLevel; readonly identifier: string },
    config: CircuitBreakerConfig | null,
  ) {
    requireStore(store)
    this.store = store
    this.#level = id.level
    this.#identifier = id.identifier
    this.#options = optionsFrom(id.level, config)
  }

  /**
   * Whether work may start now. While half open only as many are let through as there are probes, whoever asks; others
   * wait for what comes of them. Only what changes the circuit is asked of the owner of the store.
   */
  async checkAndAllow(): Promise<boolean> {
    const about = this.about()
    const circuit = this.#read(about)
    if (circuit === null) return true
    const asker = systemClock.id()
    const seen = admit(
      circuit,
      { now: systemClock.now(), id: asker },
      this.store.reader.circuitOptions(about),
    )
    if (seen.circuit === circuit) return seen.admission.allowed
    const answer = await this.store.handIn({ kind: 'ask_circuit', ...about, asker })
    const { allowed, probe } = answer as CheckAnswer
    if (probe) this.#probes = [...this.#probes, asker]
    return allowed
  }

  /** Work that was let through did what it should. Of several probes of this object it is the oldest. */
  async recordSuccess(): Promise<void> {
    await this.tell({ kind: 'success' })
  }

  /** Closes it by hand; the history stays. */
  async reset(): Promise<void> {
    await this.store.handIn({ kind: 'reset_circuit', ...this.about() })
  }

  protected async tell(says: OutsideOutcome): Promise<void> {
    const about = this.about()
    const circuit = this.#read(about) ?? newCircuit(systemClock.now())
    const [asker = NO_PROBE, ...others] = this.#probes
    const heard = heardOutside(circuit, { ...about, asker, says, workable: [] }, systemClock.now())
    if (settle(circuit, heard, this.store.reader.circuitOptions(about)).circuit === circuit) return
    this.#probes = others
    try {
      await this.store.handIn({ kind: 'tell_circuit', ...about, asker, says })
    } catch (thrown) {
      // It was not heard: it can be told again.
      if (asker !== NO_PROBE) this.#probes = [asker, ...this.#probes]
      throw thrown
    }
  }

  /** Reads the circuit, and forgets the probes that it no longer waits for: they took too long, or it was closed by hand. */
  #read(about: CircuitId): Circuit | null {
    const circuit = this.store.reader.circuit(about)
    const awaited = circuit?.state === 'half_open' ? circuit.probes : []
    this.#probes = this.#probes.filter((probe) => awaited.some(({ id }) => id === probe))
    return circuit
  }

  /** What a failure says is a matter of its cause and of the level: a provider's limit counts nowhere. */
  protected async tellFailure(cause: CauseClass, source: string): Promise<void> {
    requireCause(cause)
    const said = failureOf(cause)
    const counts = said[this.#level] === 'failure'
    await this.tell(counts ? { kind: 'failure', cause: said.ending, source } : { kind: 'unknown' })
  }

  protected about() {
    const run = currentRun(this.store).id
    return { run, level: this.#level, identifier: this.#identifier, options: this.#options }
  }
}

/** Guards one stage of one task against being tried for ever. */
export class StageCircuitBreaker extends CircuitBreaker {
  /** Throws `task_unknown` where the current run has no such task. */
  constructor(
    store: StoreClient,
    guarded: { readonly taskId: string; readonly stage: Stage },
    config: CircuitBreakerConfig | null = null,
  ) {
    requireStore(store)
    requireGiven(guarded, { taskId: 'string', stage: 'string' }, STAGE_OF_TASK)
    const { taskId, stage } = guarded
    requireStage(stage)
    requireTask(store, taskId)
    super(store, { level: 'stage', identifier: `${taskId}:${stage}` }, config)
  }

  async recordFailure(cause: CauseClass): Promise<void> {
    await this.tellFailure(cause, 'outside')
  }
}

/** Guards one worker, of the engine or of somebody else. */
export class WorkerCircuitBreaker extends CircuitBreaker {
  readonly #worker: string

  constructor(
    store: StoreClient,
    guarded: { readonly workerId: string },
    config: CircuitBreakerConfig | null = null,
  ) {
    requireGiven(guarded, {}, WORKER)
    const { workerId } = guarded
    requireWorkerId(workerId)
    super(store, { level: 'worker', identifier: workerId }, config)
    this.#worker = workerId
  }

  async recordFailure(cause: CauseClass): Promise<void> {
    await this.tellFailure(cause, this.#worker)
  }
}

/** Guards the whole run. */
export class SystemCircuitBreaker extends CircuitBreaker {
  constructor(store: StoreClient, config: CircuitBreakerConfig | null = null) {
    super(store, { level: 'system', identifier: 'system' }, config)
  }

  /**
   * Shows a worker that the engine does not run in `status`, once the run is worked; one that is known already stays as
   * it is.
   */
  async registerWorker(workerId: string): Promise<void> {
    requireWorkerId(workerId)
    const run = currentRun(this.store).id
    if (this.store.reader.workers(run).some(({ worker }) => worker === workerId)) return
    await this.store.handIn({ kind: 'register_worker', run, worker: workerId })
  }

  /** `workerId`: whose failure it is; the rate asks how many failed. */
  async recordFailure(cause: CauseClass, from: { readonly workerId?: string } = {}): Promise<void> {
    requireGiven(from, {}, WORKER)
    const { workerId = 'outside' } = from
    requireWorkerId(workerId)
    await this.tellFailure(cause, workerId)
  }
}

/** Told of work that probes nothing; a circuit that waits for a probe hears nothing in it. */
const NO_PROBE = ''

const SEE_OPTIONS = 'See docs/reference/CIRCUIT_BREAKER_CONFIG.md.'

function optionsFrom(level: CircuitLevel, config: CircuitBreakerConfig | null): CircuitOptions | null {
  if (config === null) return null
  requireGiven(config, {}, { what: 'an object of options', hint: SEE_OPTIONS })
  const options = { ...DEFAULT_CIRCUITS[level], probeMs: OUTSIDE_PROBE_MS, ...config }
  const problem = optionProblem(level, options)
  if (problem === null) return options
  throw new OrchestratorError('config_invalid', `The options of this circuit cannot be: ${problem}.`, {
    hint: SEE_OPTIONS,
  })
}

function currentRun({ reader }: StoreClient): Run {
  const run = reader.currentRun()
  if (run !== null) return run
  throw new OrchestratorError('nothing_to_run', 'circuits belong to a run, and there is none yet', {
    hint: 'Hand in a plan first: orchestrator ingest plan.json',
  })
}

function requireTask(store: StoreClient, key: string): void {
  const run = currentRun(store)
  if (store.reader.task(run.id, key) !== null) return
  const near = suggest(
    key,
    store.reader.tasks(run.id).map(({ definition }) => definition.key),
  )
  throw new OrchestratorError('task_unknown', `the run ${run.id} has no task ${JSON.stringify(key)}`, {
    hint: near === null ? 'The keys are shown by: orchestrator task list' : `Did you mean ${near}?`,
  })
}

const STAGE_OF_TASK = {
  what: 'a stage of a task',
  hint: `Say which: { taskId: 'TDD-1', stage: 'green' }. Stages are ${STAGES.join(', ')}.`,
}

const WORKER = { what: 'a worker', hint: "Say which: { workerId: 'mine' }." }

/** Callers without types may say anything. */
function requireStore(store: StoreClient): void {
  const hint = 'Open one with openStore: docs/reference/CIRCUIT_BREAKER_CONFIG.md shows how.'
  requireGiven(store, { reader: 'object', handIn: 'function' }, { what: 'a store', hint })
}

function requireStage(stage: string): void {
  if (STAGES.some((known) => known === stage)) return
  const near = suggest(stage, STAGES)
  throw new OrchestratorError('usage', `${JSON.stringify(stage)} is no stage`, {
    hint: near === null ? `Stages are ${STAGES.join(', ')}.` : `Did you mean ${near}?`,
  })
}

function requireCause(cause: string): void {
  if (CAUSE_CLASSES.some((known) => known === cause)) return
  const near = typeof cause === 'string' ? suggest(cause, CAUSE_CLASSES) : null
  throw new OrchestratorError('usage', `${JSON.stringify(cause)} is no cause`, {
    hint: near === null ? `Causes are ${CAUSE_CLASSES.join(', ')}.` : `Did you mean ${near}?`,
  })
}

function requireWorkerId(id: string): void {
  if (typeof id === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(id)) return
  throw new OrchestratorError('usage', `${JSON.stringify(id)} names no worker`, {
    hint: 'Use letters, digits, ".", "_" and "-", at most 100, as in worker_1.',
  })
}
