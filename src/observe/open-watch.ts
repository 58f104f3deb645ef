import type { Environment } from '../config/environment.ts'
import type { StatePlace } from '../config/own-store.ts'
import { statePlace } from '../config/state-place.ts'
import type { Silence } from '../domain/silence.ts'
import { OrchestratorError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { findRepository, type RepositoryPlace, requireNameable } from '../runtime/repository-id.ts'
import {
  type AttemptRecord,
  hasEnded,
  openReadonly,
  type Run,
  type StoreReader,
  type Task,
} from './open-readonly.ts'

/** What those who only look have: the repository's store, read beside its owner. Starts no other program. */
export interface Watch extends Disposable {
  readonly repository: RepositoryPlace
  readonly place: StatePlace
  /** Null when nothing has been stored yet. */
  readonly reader: StoreReader | null
}

export async function openWatch(where: { readonly cwd: string; readonly env: Environment }): Promise<Watch> {
  const repository = requireRepository(where.cwd)
  const place = await statePlace(repository, where)
  const reader = openReadonly(place.db)
  return { repository, place, reader, [Symbol.dispose]: () => reader?.close() }
}

/** Where the store of a directory's repository is, without opening it. Throws repository_missing. */
export function placeOf(where: { readonly cwd: string; readonly env: Environment }): Promise<StatePlace> {
  return statePlace(requireRepository(where.cwd), where)
}

function requireRepository(directory: string): RepositoryPlace {
  requireNameable(directory)
  const repository = findRepository(directory)
  if (repository !== null) return repository
  throw new OrchestratorError('repository_missing', `there is no git repository at ${directory}`, {
    hint: 'Start inside a work tree of a git repository; where there is none, make one: git init, then a first commit.',
  })
}

/** The current run and the reader, for commands that need one. Throws nothing_to_run. */
export function requireRun(watch: Pick<Watch, 'reader'>): {
  readonly reader: StoreReader
  readonly run: Run
} {
  const run = watch.reader?.currentRun() ?? null
  if (watch.reader !== null && run !== null) return { reader: watch.reader, run }
  throw new OrchestratorError('nothing_to_run', 'no plan was ingested yet in this repository', {
    hint: 'Hand in a plan first: orchestrator ingest plan.json',
  })
}

/** A task of the run by its key. Throws task_unknown, with the nearest keys. */
export function requireTask(found: { readonly reader: StoreReader; readonly run: Run }, key: string): Task {
  const task = found.reader.task(found.run.id, key)
  if (task !== null) return task
  const keys = found.reader.tasks(found.run.id).map(({ definition }) => definition.key)
  const same = keys.find((other) => other.toLowerCase() === key.toLowerCase())
  throw new OrchestratorError('task_unknown', `the run ${found.run.id} has no task ${JSON.stringify(key)}`, {
    hint:
      same === undefined
        ? 'The keys are shown by: orchestrator task list'
        : `Did you mean ${same}? Letter case counts.`,
  })
}

/** The attempts of a task, or the one with that number. Throws usage where it has no such attempt. */
export function requireAttempts(
  found: { readonly reader: StoreReader; readonly run: Run },
  key: string,
  wanted: number | null,
): AttemptRecord[] {
  const attempts = found.reader.attempts(found.run.id, key)
  const chosen = wanted === null ? attempts : attempts.filter(({ number }) => number === wanted)
  if (wanted === null || chosen.length > 0) return chosen
  throw new OrchestratorError('usage', `${key} has no attempt ${wanted}`, {
    hint: `Its attempts are shown by: orchestrator task show ${key}`,
  })
}

/** Whether a process works on the run right now. */
export function isLive(reader: StoreReader, now = systemClock.now()): boolean {
  return reader.isHeld(now)
}

/** The process that works on a run that has not ended, where it says nothing: nothing goes on then. */
export function silenceOfRun(reader: StoreReader, run: Pick<Run, 'state'>, now: number): Silence | null {
  return hasEnded(run.state) || !isLive(reader, now) ? null : reader.silence(now)
}

/** A run whose process was killed still says that it is running; nobody works on it. */
export function shownState(state: Run['state'], live: boolean): Run['state'] {
  return isLeft(state, live) ? 'interrupted' : state
}

/** Of a run, a task or an attempt: the process that worked it is gone. */
export function isLeft(state: string, live: boolean): boolean {
  return state === 'running' && !live
}
