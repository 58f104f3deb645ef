import type { ProcessSample } from './exec.ts'
import type { ProcessFamily } from './exec-ending.ts'
import type { ProcessRow, ProcessSource } from './process-tree.ts'

/** A command whose processes are looked at. */
interface Sampled {
  readonly family: ProcessFamily
  readonly hear: (sample: ProcessSample) => void
}

export interface Sampling {
  /** It is about to be killed, which takes with it what nobody has looked at. `seenBytes`: memory that was seen just now. */
  lastLook(seenBytes: number): Promise<void>
  /** The command has ended: its processes that are left tell what it used since the last look. */
  rest(left: readonly ProcessRow[]): void
  /** May be called twice; nothing is heard any more. */
  stop(): void
}

interface SamplerOptions {
  /** May be half a look old. */
  readonly list: () => Promise<readonly ProcessRow[]>
  readonly source: Pick<ProcessSource, 'list' | 'memoryBytes'>
  readonly everyMs: number
}

interface Look {
  readonly at: number
  readonly rows: readonly ProcessRow[]
  readonly seenBytes: number
}

/** The kernel tells processor time to programs in hundredths of a second, whatever it counts in itself. */
const TICK_MS = 10

/** Looks at the processes of all commands at once, at an even pace, and only while there is one. */
export class ProcessSampler {
  readonly #options: SamplerOptions
  /** With the highest processor time seen of each. */
  readonly #sampled = new Map<Sampled, number>()
  #timer: NodeJS.Timeout | null = null
  #looking = false

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  watch(sampled: Sampled): Sampling {
    this.#sampled.set(sampled, 0)
    this.#timer ??= setInterval(() => this.#tick(), this.#options.everyMs)
    return {
      lastLook: async (seenBytes) => {
        const at = performance.now()
        await this.#look(sampled, { at, rows: await this.#options.source.list(), seenBytes })
      },
      rest: (left) => {
        const cpuMs = this.#used(
          sampled,
          left.reduce((sum, row) => sum + row.cpuTicks, 0),
        )
        if (cpuMs > 0) sampled.hear({ kind: 'rest', cpuMs })
      },
      stop: () => {
        this.#sampled.delete(sampled)
        if (this.#timer === null || this.#sampled.size > 0) return
        clearInterval(this.#timer)
        this.#timer = null
      },
    }
  }

  #tick(): void {
    if (this.#looking) return
    this.#looking = true
    this.#lookAtAll()
      .catch(() => {
        // A look that fails once (descriptors used up) is a sample less.
      })
      .finally(() => {
        this.#looking = false
      })
  }

  async #lookAtAll(): Promise<void> {
    const at = performance.now()
    const rows = await this.#options.list()
    for (const sampled of this.#sampled.keys()) await this.#look(sampled, { at, rows, seenBytes: 0 })
  }

  /** Where there is no process of the command yet, or none any more, nothing was measured. */
  async #look(sampled: Sampled, { at, rows, seenBytes }: Look): Promise<void> {
    const pids = sampled.family.own(rows)
    const bytes = Math.max(seenBytes, await this.#options.source.memoryBytes(pids))
    // It may have ended meanwhile, and then it is nobody's business any more.
    if (!this.#sampled.has(sampled) || pids.length === 0) return
    const cpuMs = this.#used(sampled, sampled.family.cpuTicks(rows))
    sampled.hear({ kind: 'look', at, cpuMs, bytes, processes: pids.length })
  }

  /**
   * What was used beyond the highest amount seen so far. It falls for a moment where a process ends while we look, and for
   * good where its time went to a parent that is none of ours: neither is counted twice.
   */
  #used(sampled: Sampled, ticks: number): number {
    const before = this.#sampled.get(sampled)
    if (before === undefined) return 0
    const now = Math.max(before, ticks * TICK_MS)
    this.#sampled.set(sampled, now)
    return now - before
  }
}
