import type { CircuitOptions } from '../../src/domain/circuit.ts'

interface Command {
  readonly do: string
  readonly id: string
  /** In [0, 1): where in its bounds a wait that begins now ends. */
  readonly random: number
  readonly task: string
  /** Tasks that can be worked at that time. */
  readonly workable: readonly string[]
  /** How long what succeeds was under way; null where it would have started in spite of the circuit. */
  readonly took: number | null
}

interface Heard {
  readonly at: number
  readonly failed: boolean
  readonly source: string
  readonly task: string
}

/**
 * What a circuit should do, said another way: from lists of all that happened, gone through anew each time, with the
 * numbers of the design written out.
 */
export class CircuitOracle {
  readonly #options: CircuitOptions
  #state: 'closed' | 'open' | 'half_open' = 'closed'
  #heard: Heard[] = []
  #inARow: string[] = []
  #probeAt: number | null = null
  #probes: { id: string; end: number }[] = []
  #good = 0
  #trips = 0
  #extensions = 0
  #changes: number[] = []
  #flapping = false
  /** What probed in vain, once for each time. */
  #tried: string[] = []
  #sinceLast = 0

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  carryOut(command: Command, now: number): Record<string, unknown> {
    const allowed = command.do === 'admit' ? this.#admit(command.id, now) : null
    if (command.do === 'reset') this.#reset(now)
    if (command.do === 'skip_wait') this.#skipWait(now)
    if (['success', 'failure', 'unknown'].includes(command.do)) this.#hear(command, now)
    return {
      allowed,
      state: this.#state,
      probeAt: this.#state === 'open' ? this.#probeAt : null,
      probes: this.#state === 'half_open' ? this.#probes.map((probe) => probe.id) : [],
      trips: this.#trips,
      extensions: this.#extensions,
      flapping: this.#flapping,
      tried: this.#tried.filter((task, at) => this.#tried.lastIndexOf(task) === at),
    }
  }

  #admit(id: string, now: number): boolean {
    if (this.#state === 'closed') {
      this.#calm(now)
      return true
    }
    if (this.#state === 'open') {
      if (this.#probeAt === null || now < this.#probeAt) return false
      this.#enter('half_open', now)
      this.#probes = []
      this.#good = 0
    }
    if (this.#probes.some((probe) => probe.id === id)) return true
    const running = this.#probes.filter((probe) => probe.end > now)
    if (running.length >= this.#options.probes) return false
    this.#probes = [...running, { id, end: now + this.#options.probeMs }]
    return true
  }

  #hear(command: Command, now: number): void {
    const { do: what, id, random, task, took } = command
    if (this.#state === 'closed' && what !== 'unknown') {
      this.#calm(now)
      this.#count({ at: now, failed: what === 'failure', source: id, task })
      if (what === 'failure' && (this.#rowIsLong(command) || this.#rateIsHigh(command))) {
        this.#trips += 1
        this.#open(now, random)
      }
      return
    }
    const late = what === 'success' && took !== null && now - took < this.#sinceLast
    if (late && this.#state === 'open') this.#skipWait(now)
    const isProbe = this.#probes.some((probe) => probe.id === id)
    if (this.#state !== 'half_open' || !(isProbe || late)) return
    this.#probes = this.#probes.filter((probe) => probe.id !== id)
    if (what === 'success') {
      this.#good += 1
      if (this.#good >= this.#options.successes) this.#close(now)
    }
    if (what === 'failure') {
      this.#tried.push(task)
      if (this.#options.extensions !== null && this.#extensions === this.#options.extensions) {
        this.#open(now, random)
        this.#probeAt = null
      } else {
        this.#extensions += 1
        this.#open(now, random)
      }
    }
  }

  #count(heard: Heard): void {
    this.#inARow = heard.failed ? [...this.#inARow, heard.task] : []
    const { rate } = this.#options
    if (rate === null) return
    const slice = Math.floor(rate.windowMs / 10)
    const begin = (at: number): number => Math.floor(at / slice) * slice
    const young = this.#heard.filter((one) => begin(one.at) > heard.at - rate.windowMs)
    const firstFailure = young.find((one) => one.failed)
    if (firstFailure === undefined) this.#heard = heard.failed ? [heard] : []
    else this.#heard = [...young.filter((one) => begin(one.at) >= begin(firstFailure.at)), heard]
  }

  #rowIsLong(command: Command): boolean {
    const { failures } = this.#options
    if (failures === null || this.#inARow.length < failures) return false
    return this.#manyTasks(this.#inARow, { wanted: Math.min(failures, this.#options.tasks), command })
  }

  /** One task may be itself at fault, and so may two where three could have failed. */
  #manyTasks(failed: readonly string[], { wanted, command }: { wanted: number; command: Command }): boolean {
    if (wanted === 1) return true
    const different = new Set(failed).size
    const didNot = command.workable.filter((task) => !failed.includes(task)).length
    return different >= 2 && (different >= wanted || didNot === 0)
  }

  /** From any tenth of the window on. */
  #rateIsHigh(command: Command): boolean {
    const { rate } = this.#options
    if (rate === null) return false
    const tenth = ({ at }: Heard): number => Math.floor(at / (rate.windowMs / 10))
    return [...new Set(this.#heard.map(tenth))].some((first) =>
      this.#isHighAmong(
        this.#heard.filter((one) => tenth(one) >= first),
        command,
      ),
    )
  }

  #isHighAmong(heard: readonly Heard[], command: Command): boolean {
    const { rate } = this.#options
    if (rate === null || heard.length < rate.outcomes) return false
    const failed = heard.filter((one) => one.failed)
    return (
      failed.length / heard.length >= rate.share &&
      new Set(failed.map((one) => one.source)).size >= rate.sources &&
      this.#manyTasks(
        failed.map((one) => one.task),
        { wanted: this.#options.tasks, command },
      )
    )
  }

  #open(now: number, random: number): void {
    const { waitMs, growth, longestWaitMs, jitter } = this.#options
    let wait = waitMs
    for (let time = 0; time < this.#extensions; time += 1) wait *= growth
    this.#enter('open', now)
    wait = Math.min(longestWaitMs, wait)
    const [shortest, longest] = [wait - wait * jitter, wait + wait * jitter]
    this.#probeAt = now + Math.round(shortest + (longest - shortest) * random)
  }

  #close(now: number): void {
    this.#enter('closed', now)
    this.#heard = []
    this.#inARow = []
    if (!this.#flapping) this.#extensions = 0
  }

  #reset(now: number): void {
    if (this.#state !== 'closed') this.#close(now)
    this.#extensions = 0
    this.#heard = []
    this.#inARow = []
  }

  #skipWait(now: number): void {
    if (this.#state === 'open' && this.#probeAt !== null) this.#probeAt = Math.min(this.#probeAt, now)
  }

  #calm(now: number): void {
    if (!this.#flapping || this.#lately(now) > 2) return
    this.#flapping = false
    this.#extensions = 0
  }

  #enter(state: 'closed' | 'open' | 'half_open', now: number): void {
    if (this.#state === 'closed' || state === 'closed') this.#tried = []
    this.#state = state
    this.#sinceLast = now
    this.#changes.push(now)
    this.#flapping = this.#lately(now) > (this.#flapping ? 2 : 5)
  }

  #lately(now: number): number {
    return this.#changes.filter((at) => at > now - 300_000).length
  }
}
