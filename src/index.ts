/**
 * The library: what the command line itself is made of. Nothing here writes to a terminal or ends the process;
 * environment, signals and reports are handed in (`getMetricsCollector` alone looks at the environment of the process,
 * where it is given a directory).
 *
 * Every function throws `OrchestratorError`, with a stable `code`, a `hint` that says what to do next, and the exit code
 * that the command line would use; `usage` where what it was given cannot be meant, `store_unavailable` where a handle was
 * disposed already. What is in this file changes only with a version number; everything else may move.
 *
 * A run: `openEngine` → `ingest` → `executeRun`. Beside a run: `openStore` → circuits, health. Proof: `openBench` → `prove` or `check`. Both handles are disposed with
 * `await using`, or by `await handle[Symbol.asyncDispose]()`.
 */

/**
 * Opens a repository for runs: configuration, git, slots, and the store, of which this process becomes the owner. Throws
 * `store_owned` when another process owns it. Dispose it to give everything back.
 */
export { openEngine } from './engine/open.ts'
/** Opens a repository for `prove` and `check`: no store, works beside a live run, its own slots are removed when it is disposed. */
export { openBench } from './engine/open.ts'
export type { Bench, Engine, OpenOptions } from './engine/open.ts'

/** Checks the text of a plan and hands its tasks in. Throws `plan_invalid` with every problem; a refused plan changes nothing. */
export { ingest } from './engine/ingest.ts'
export type { IngestOptions } from './engine/ingest.ts'
export type { IngestReport } from './protocol/output/ingest-report.ts'

/** Works the tasks of a run until nothing goes on by itself, a budget is spent or a signal stops it; resolves with the report that `run --json` prints. */
export { executeRun } from './engine/execute-run.ts'
export type { ExecuteOptions } from './engine/execute-run.ts'
export type { BudgetLimits } from './domain/budget.ts'
export type { RunReport } from './protocol/output/run-report.ts'

/** Executes the evidence of landed tasks again, from git alone. Throws `nothing_to_check`, `evidence_missing` or `evidence_untrusted`. */
export { prove } from './engine/prove.ts'
export type { ProveOptions } from './engine/prove.ts'
export type { ProveReport } from './protocol/output/prove-report.ts'

/** Judges any change, `BASE..HEAD`, with the judges that tasks are judged by. Throws `nothing_to_check`, `revision_unknown` or `suite_unknown`. */
export { check } from './engine/check.ts'
export type { CheckOptions } from './engine/check.ts'
export type { CheckReport } from './protocol/output/check-report.ts'

/**
 * Opens the store of a repository for whatever looks at a run, or holds back with it, from outside: beside a run of another
 * process, or of none. Dispose it with `using`. Throws `repository_missing` or `nothing_to_run`.
 */
export { openStore } from './engine/open-store.ts'
export type { StoreClient } from './store/client.ts'

/**
 * Circuits of the current run: `checkAndAllow()` before work, `recordSuccess()` or `recordFailure(cause)` after it, `reset()`
 * by hand. What is counted through them holds back the run as well. Throw `nothing_to_run`, `task_unknown`,
 * `config_invalid`, and `store_owned` when the owner of the store gives no answer within 30 s.
 */
export { StageCircuitBreaker, SystemCircuitBreaker, WorkerCircuitBreaker } from './engine/circuit-breakers.ts'
export type { CircuitBreakerConfig } from './engine/circuit-breakers.ts'
export type { CauseClass } from './domain/circuit-causes.ts'
export type { Circuit, CircuitLevel, CircuitOptions, CircuitState } from './domain/circuit.ts'

/** `HEALTHY`, `DEGRADED`, `UNHEALTHY` or `UNKNOWN`, with the reasons: the rule of `orchestrator health`. */
export { getCircuitHealth } from './observe/circuits.ts'
export type { CircuitHealth } from './domain/circuit-health.ts'

/**
 * The metrics of a store, computed from it alone: `await getMetricsCollector().exportPrometheus()` is the text that
 * Prometheus scrapes. Takes a handle with a `reader`, or a directory of the repository (default: the working directory,
 * with the environment of the process). Works beside a live run of another process.
 */
export { getMetricsCollector } from './observe/metrics/collector.ts'
export type { MetricsCollector } from './observe/metrics/collector.ts'
export type { MetricsDocument } from './protocol/output/metrics.ts'

/** The one class of errors, and what each code means. */
export { ERROR_CATALOGUE, OrchestratorError } from './errors.ts'
export type { ErrorCode } from './errors.ts'

/** What an agent driver implements. */
export type {
  Agent,
  AgentCommand,
  AgentEvent,
  AgentRequest,
  AgentResult,
  Usage,
} from './agents/agent.ts'

/** Words of plans, stages, verdicts and the event log. */
export type { Complexity, Criterion, Plan, Requirement, TaskDefinition, TaskKind } from './domain/plan.ts'
export type { Event, EventKind } from './domain/event.ts'
export type { Command, RunnerName, Suite } from './domain/suite.ts'
export type { Stage } from './domain/stage.ts'
/** How an attempt at a stage ended, and what the judges say of a tree. */
export type { AttemptOutcome as StageResult } from './domain/attempt.ts'
export type { Verdict as VerifyResult } from './domain/verdict.ts'
export type { TaskState, TaskStateName } from './domain/task.ts'
export type { Refusal, RefusalCode, Verdict } from './domain/verdict.ts'
