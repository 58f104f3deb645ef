import type { Clock } from '../../runtime/clock.ts'
import type { BacktestReport } from '../../protocol/output/backtest-report.ts'
import type { Store, Task } from '../../store/store.ts'
import type { CarriedCommit, Replay } from '../replay.ts'
import type { ReplayedCommit } from './history.ts'

/** Why the proof of a commit was refused in the end. */
export type RefusedCommit = BacktestReport['refused'][number]

interface HistoryOrderOptions {
  readonly store: Store
  readonly clock: Clock
  readonly run: string
  readonly base: string
  /** Oldest first. */
  readonly commits: readonly ReplayedCommit[]
  /** A task starts while fewer than this many earlier commits have not landed. */
  readonly ahead: number
  /** Told when a task is refused, and whether that is final. */
  readonly onRefused: (refused: RefusedCommit, final: boolean) => void
}

/**
 * Lands a history in its own order, so that every landing is judged on exactly the tree that the commit was made on,
 * whatever the number of workers: figures depend on it only for the time they take. Work runs ahead of the landings on
 * bases that lack earlier commits; what is refused there is tried once more on the whole base.
 */
export class HistoryOrder implements Replay {
  readonly #options: HistoryOrderOptions
  readonly #places: ReadonlyMap<string, number>
  /** Final refusals by task. */
  readonly #refused = new Map<string, RefusedCommit>()
  /** Refused on a base that lacked earlier commits; they wait until all of those have landed. */
  readonly #onceMore = new Set<string>()
  #settling: Promise<void> = Promise.resolve()

  constructor(options: HistoryOrderOptions) {
    this.#options = options
    this.#places = new Map(options.commits.map(({ definition }, index) => [definition.key, index]))
  }

  /** In the order of the history. */
  get refused(): readonly RefusedCommit[] {
    return this.#options.commits.flatMap(({ definition }) => this.#refused.get(definition.key) ?? [])
  }

  async admitted(tasks: readonly string[]): Promise<readonly string[]> {
    const { store, run, ahead } = this.#options
    const landed = (await store.landed(run)).length
    return tasks.filter((task) => this.#placeOf(task) < landed + (this.#onceMore.has(task) ? 1 : ahead))
  }

  async nextToLand(): Promise<string | null> {
    const { store, run, commits } = this.#options
    return commits[(await store.landed(run)).length]?.definition.key ?? null
  }

  changes(task: string): Pick<ReplayedCommit, 'tests' | 'all'> {
    return this.#commitOf(task)
  }

  carried(task: string): CarriedCommit | null {
    const { isTask, commit, all } = this.#commitOf(task)
    if (isTask && !this.#refused.has(task)) return null
    return { message: `${commit.subject}\n\nTDD-Carried: ${commit.id}\n`, changes: all }
  }

  /** One after the other: several workers notice the same refusal. */
  settleRefused(tasks: readonly string[]): Promise<void> {
    const settled = this.#settling.then(async () => {
      for (const key of tasks) await this.#settle(key)
    })
    // Who asked hears of a failure; the next one is not held up by it.
    this.#settling = settled.catch(() => undefined)
    return settled
  }

  async #settle(key: string): Promise<void> {
    const { store, run, clock, onRefused } = this.#options
    const task = await store.task(run, key)
    if (task === null || (task.state.state !== 'failed' && task.state.state !== 'needs_human')) return
    const { refused, base } = await this.#refusalOf(task)
    const final = task.generation > 1 || (await this.#isWhole(key, base))
    if (final) this.#refused.set(key, refused)
    else this.#onceMore.add(key)
    onRefused(refused, final)
    await store.retry(run, key, { from: 'red', note: null }, clock.now())
  }

  /** What the last attempt or the last landing of this round was refused for, and on which commit of the target. */
  async #refusalOf(task: Task): Promise<{ refused: RefusedCommit; base: string | null }> {
    const { store, run } = this.#options
    const { key } = task.definition
    const commit = this.#commitOf(key).commit.id
    const history = await store.history(run, key)
    const returned = history.returns.filter(({ generation }) => generation === task.generation).at(-1)
    if (returned !== undefined) {
      const { code, fact } = returned.refusal
      return { refused: { commit, stage: 'landing', code, fact }, base: returned.head }
    }
    const last = history.attempts.filter(({ generation }) => generation === task.generation).at(-1)
    const stage = last?.stage ?? 'red'
    if (last?.outcome.kind === 'refused') {
      const [{ code, fact }] = last.outcome.refusals
      return { refused: { commit, stage, code, fact }, base: last.outcome.base }
    }
    const fact = 'reason' in task.state ? task.state.reason : ''
    return { refused: { commit, stage, code: 'runner_failure', fact }, base: null }
  }

  /** Whether every earlier commit had landed at this commit of the target; where a fault of the machine left none, whether it has now. */
  async #isWhole(key: string, base: string | null): Promise<boolean> {
    const { store, run } = this.#options
    const receipts = await store.landed(run)
    if (base === null) return receipts.length >= this.#placeOf(key)
    const place = base === this.#options.base ? 0 : receipts.findIndex(({ merge }) => merge === base) + 1
    return place === this.#placeOf(key)
  }

  #placeOf(task: string): number {
    const place = this.#places.get(task)
    if (place === undefined) throw new Error(`${task} is no commit of the history`)
    return place
  }

  #commitOf(task: string): ReplayedCommit {
    return this.#options.commits[this.#placeOf(task)] as ReplayedCommit
  }
}
