import { signal } from './exec-launch.ts'
import { familyOf, type MarkedProcess, type ProcessRow, type ProcessSource } from './process-tree.ts'

const ROUNDS = 100
const FREEZING_ROUNDS = 30
const UNSURE_ROUNDS = 10
const LONGEST_PAUSE_MS = 50

interface Root {
  readonly pid: number
  readonly startTicks: number | null
  readonly mark: string
  /** It and its child are the sandbox; what the command itself started begins below. */
  readonly sandboxed: boolean
}

/** Remembers which processes belonged to a command, also after they left its tree. */
export class ProcessFamily {
  readonly #source: ProcessSource
  readonly #root: number
  readonly #sinceTicks: number
  readonly #mark: string
  readonly #sandboxed: boolean
  readonly #known = new Map<number, number>()

  constructor(source: ProcessSource, root: Root) {
    this.#source = source
    this.#root = root.pid
    this.#sinceTicks = root.startTicks ?? 0
    this.#mark = root.mark
    this.#sandboxed = root.sandboxed
    if (root.startTicks !== null) this.#known.set(root.pid, root.startTicks)
  }

  /** The living members among `rows` that can be found by descent, group and session, those of the sandbox itself left out. */
  own(rows: readonly ProcessRow[]): number[] {
    return this.#living(rows)
      .filter((row) => !this.#sandboxed || (row.pid !== this.#root && row.parent !== this.#root))
      .map((row) => row.pid)
  }

  /** Processor time of all members among `rows`; those that are dead have theirs until their parents have waited for them. */
  cpuTicks(rows: readonly ProcessRow[]): number {
    return familyOf(rows, this.#root, this.#known).reduce((sum, row) => sum + row.cpuTicks, 0)
  }

  /**
   * Those members, and whoever carries the mark. No look is of one instant: a process that starts another while we look, and
   * is gone before we come to it, shows neither. So there is nobody only when two looks in a row found nobody.
   */
  async everyone(): Promise<number[]> {
    let empty = 0
    for (let round = 0; ; round++) {
      const rows = (await this.#source.list()).filter((row) => row.startTicks >= this.#sinceTicks)
      const related = this.#living(rows).map((row) => row.pid)
      const { found, unsure } = await this.#source.marked(rows, this.#mark)
      const all = [...new Set([...related, ...found.map(({ pid }) => pid)])]
      empty = unsure ? 0 : empty + 1
      if (all.length > 0 || empty >= 2 || round >= UNSURE_ROUNDS) return all
      if (unsure) await pause(2)
    }
  }

  #living(rows: readonly ProcessRow[]): ProcessRow[] {
    const members = familyOf(rows, this.#root, this.#known).filter((row) => !row.inert)
    for (const row of members) this.#known.set(row.pid, row.startTicks)
    return members
  }
}

/**
 * Kills until nobody is found any more. They are frozen first, so that processes that multiply cannot outrun us.
 * False when some cannot be killed (another user's, or stuck in the kernel) within the bound of about four seconds.
 */
export async function endAll(find: () => Promise<readonly number[]>): Promise<boolean> {
  const frozen = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const alive = (await find()).filter((pid) => pid !== process.pid)
    if (alive.length === 0) return true
    const fresh = alive.filter((pid) => !frozen.has(pid))
    for (const pid of fresh) {
      signal(pid, 'SIGSTOP')
      frozen.add(pid)
    }
    if (fresh.length > 0 && round < FREEZING_ROUNDS) continue
    for (const pid of alive) signal(pid, 'SIGKILL')
    await pause(Math.min(LONGEST_PAUSE_MS, 1 + round))
  }
  return false
}

/** All processes of this user, wherever they are, whose mark begins so. */
async function findMarked(source: ProcessSource, prefix: string): Promise<MarkedProcess[]> {
  const { found } = await source.marked(await source.list(), prefix)
  return found.filter(({ pid }) => pid !== process.pid)
}

/** Kills every process whose mark begins so and is not spared; resolves with how many there were. */
export async function killMarked(
  source: ProcessSource,
  prefix: string,
  spared: (mark: string) => boolean,
): Promise<number> {
  const seen = new Set<number>()
  await endAll(async () => {
    const found = (await findMarked(source, prefix)).filter(({ mark }) => !spared(mark))
    for (const { pid } of found) seen.add(pid)
    return found.map(({ pid }) => pid)
  })
  return seen.size
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
