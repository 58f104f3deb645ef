import { claimOrder } from '../domain/graph.ts'
import { type PeopleWait, waitsForPerson } from '../domain/people-wait.ts'
import type { Neighbour } from '../domain/neighbours.ts'
import { overlaps } from '../domain/task-path.ts'
import { isSettled } from '../domain/task.ts'
import type { Store, Task } from '../store/store.ts'
import type { Replay } from './replay.ts'

/** Candidates offered to one claim; the rest waits for the next free worker. */
const OFFERED = 64
const EVENTS_AT_ONCE = 1_000

/**
 * The order in which tasks of a run are claimed, in memory. The store decides each claim again with one conditional
 * write; this only spares it the search.
 */
export class Schedule {
  readonly #store: Store
  readonly #run: string
  readonly #replay: Replay | null
  #order: string[] = []
  readonly #tasks = new Map<string, Known>()
  /** Events up to here are in `#tasks`. */
  #seen = 0
  #refreshing: Promise<void> = Promise.resolve()

  constructor(store: Store, run: string, replay: Replay | null) {
    this.#store = store
    this.#run = run
    this.#replay = replay
  }

  /** Brings in what happened since the last call: the event log names the tasks whose state may have changed. */
  refresh(): Promise<void> {
    // One after the other: who asks while another still reads must not go on with what was known before.
    const bringIn = (): Promise<void> => this.#bringIn()
    this.#refreshing = this.#refreshing.then(bringIn, bringIn)
    return this.#refreshing
  }

  async #bringIn(): Promise<void> {
    const touched = new Set<string>()
    for (;;) {
      const events = await this.#store.events({ after: this.#seen, limit: EVENTS_AT_ONCE, run: this.#run })
      for (const event of events) {
        this.#seen = event.seq
        if (event.kind === 'tasks_added') return this.load()
        if (event.task !== null) touched.add(event.task)
      }
      if (events.length < EVENTS_AT_ONCE) break
    }
    for (const key of touched) {
      const task = await this.#store.task(this.#run, key)
      if (task !== null) this.#tasks.set(key, known(task))
    }
  }

  /** Reads every task of the run. */
  async load(): Promise<void> {
    for (;;) {
      const events = await this.#store.events({ after: this.#seen, limit: EVENTS_AT_ONCE, run: this.#run })
      this.#seen = events.at(-1)?.seq ?? this.#seen
      if (events.length < EVENTS_AT_ONCE) break
    }
    const tasks = await this.#store.tasks(this.#run)
    this.#tasks.clear()
    for (const task of tasks) this.#tasks.set(task.definition.key, known(task))
    this.#order = claimOrder(tasks.map((task) => task.definition))
  }

  /** Keys that look claimable at `now`, best first; what a running task locks is left out. */
  candidates(now: number): string[] {
    const found: string[] = []
    const held = this.locksOfOthers('').flatMap(({ entries }) => entries)
    for (const key of this.#order) {
      const task = this.#tasks.get(key)
      if (task === undefined) continue
      const claimable = task.state === 'available' || (task.state === 'retryable' && task.notBefore <= now)
      const free = (entry: string): boolean => !held.some((other) => overlaps(entry, other))
      if (claimable && task.definition.locks.every(free) && this.#admits(key)) found.push(key)
      if (found.length === OFFERED) break
    }
    return found
  }

  /** When the next retryable task may be claimed; null when none waits for a time. */
  nextClaimAt(now: number): number | null {
    let soonest: number | null = null
    for (const task of this.#tasks.values()) {
      if (task.state !== 'retryable' || task.notBefore <= now) continue
      if (soonest === null || task.notBefore < soonest) soonest = task.notBefore
    }
    return soonest
  }

  /** Nothing of the run will go on by itself. */
  settled(): boolean {
    for (const task of this.#tasks.values())
      if (!isSettled(task.state) && !this.#isPeoples(task)) return false
    return true
  }

  /** Tasks with which nothing happens until a person does something. */
  waits(): PeopleWait[] {
    return [...this.#tasks.values()].flatMap(({ waits }) => (waitsForPerson(waits) ? [waits] : []))
  }

  /** It waits for a person, or for a task that does. What it depends on is never in a circle. */
  #isPeoples({ state, waits, definition }: Known): boolean {
    if (waitsForPerson(waits)) return true
    if (state !== 'pending') return false
    return definition.dependsOn.some((key) => {
      const other = this.#tasks.get(key)
      return other !== undefined && this.#isPeoples(other)
    })
  }

  /** Whether a worker has a task in hand. */
  isWorked(): boolean {
    return [...this.#tasks.values()].some(({ state }) => state === 'running')
  }

  /** Those of the candidates that were begun and given back. */
  givenBack(candidates: readonly string[]): string[] {
    return candidates.filter((key) => this.#tasks.get(key)?.state === 'retryable')
  }

  /** Keys of tasks whose proof was refused. */
  refused(): string[] {
    return [...this.#tasks]
      .filter(([, { state }]) => state === 'failed' || state === 'needs_human')
      .map(([key]) => key)
  }

  /** Every task of the run, as far as it was told. */
  tasks(): Iterable<Neighbour> {
    return this.#tasks.values()
  }

  /** Lock entries of tasks that run or land now, except those of `key`. */
  locksOfOthers(key: string): { readonly task: string; readonly entries: readonly string[] }[] {
    return [...this.#tasks]
      .filter(([other, task]) => other !== key && (task.state === 'running' || task.state === 'landing'))
      .map(([other, task]) => ({ task: other, entries: task.definition.locks }))
  }

  #admits(key: string): boolean {
    if (this.#replay === null) return true
    return this.#replay.admits(key, (other) => this.#tasks.get(other)?.state === 'completed')
  }
}

interface Known extends Neighbour {
  readonly notBefore: number
  readonly waits: PeopleWait
}

function known(task: Task): Known {
  return {
    definition: task.definition,
    state: task.state.state,
    notBefore: task.state.state === 'retryable' ? task.state.notBefore : 0,
    waits: { key: task.definition.key, person: task.person, waitsForApproval: task.waitsForApproval },
  }
}
