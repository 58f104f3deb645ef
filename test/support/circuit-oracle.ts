import type { CircuitFact, CircuitOptions } from '../../src/domain/circuit.ts'

interface Command {
  readonly do: string
  readonly id: string
  /** In [0, 1): where in its bounds a wait that begins now ends. */
  readonly random: number
  readonly task: string
  /** Of a failure. */
  readonly cause: string
  /** Tasks that can be worked at that time. */
  readonly workable: readonly string[]
  /** How long what succeeds was under way; null where it would have started in spite of the circuit. */
  readonly took: number | null
}

type Why = Pick<Extract<CircuitFact, { kind: 'state_change' }>, 'reason' | 'numbers'>

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
  #cause: string | null = null
  /** What happened to it in this command, in its order. */
  #facts: CircuitFact[] = []

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  carryOut(command: Command, now: number): Record<string, unknown> {
    this.#facts = []
    const allowed = command.do === 'admit' ? this.#admit(command.id, now) : null
    if (command.do === 'reset') this.#reset(now)
    if (command.do === 'skip_wait') this.#skipWait(now, 'person')
    if (['success', 'failure', 'unknown'].includes(command.do)) this.#hear(command, now)
    return {
      allowed,
      facts: this.#facts,
      state: this.#state,
      since: this.#sinceLast,
      cause: this.#cause,
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
      this.#enter('half_open', now, { reason: 'wait_over', numbers: { waitedMs: now - this.#sinceLast } })
      this.#probes = []
      this.#good = 0
    }
    if (this.#probes.some((probe) => probe.id === id)) return true
    const running = this.#probes.filter((probe) => probe.end > now)
    if (running.length >= this.#options.probes) return false
    const end = now + this.#options.probeMs
    this.#probes = [...running, { id, end }]
    this.#facts.push({ kind: 'probe_started', probe: id, running: running.length + 1, until: end })
    return true
  }

  #hear(command: Command, now: number): void {
    const { do: what, id, task, took } = command
    if (this.#state === 'closed' && what !== 'unknown') {
      this.#calm(now)
      this.#count({ at: now, failed: what === 'failure', source: id, task })
      if (what === 'failure') this.#tripFor(command, now)
      return
    }
    const late = what === 'success' && took !== null && now - took < this.#sinceLast
    if (late && this.#state === 'open') this.#skipWait(now, 'success')
    const isProbe = this.#probes.some((probe) => probe.id === id)
    if (this.#state !== 'half_open' || !(isProbe || late)) return
    this.#probes = this.#probes.filter((probe) => probe.id !== id)
    if (what === 'success') {
      this.#good += 1
      const numbers = { successes: this.#good, openMs: now - this.#sinceLast }
      if (this.#good >= this.#options.successes) this.#close(now, { reason: 'probes_succeeded', numbers })
    }
    if (what === 'failure') this.#failProbe(command, now)
  }

  #tripFor(command: Command, now: number): void {
    const row = { failures: this.#inARow.length, ...this.#tasksTold([this.#inARow]) }
    const part = this.#highPart(command)
    if (!this.#rowIsLong(command) && part === null) return
    this.#trips += 1
    this.#cause = command.cause
    const waitMs = this.#waitMs(command.random)
    if (this.#rowIsLong(command))
      this.#enter('open', now, { reason: 'failures_in_a_row', numbers: { ...row, waitMs } })
    else this.#enter('open', now, { reason: 'failure_rate', numbers: { ...part, waitMs } })
    this.#probeAt = now + waitMs
  }

  #failProbe({ task, cause, random }: Command, now: number): void {
    this.#tried.push(task)
    this.#cause = cause
    const forGood = this.#extensions === this.#options.extensions
    if (!forGood) this.#extensions += 1
    const extensions = this.#extensions
    const waitMs = this.#waitMs(random)
    const numbers = { extensions, waitMs: forGood ? null : waitMs }
    this.#enter('open', now, { reason: 'probe_failed', numbers })
    this.#probeAt = forGood ? null : now + waitMs
    if (forGood) this.#facts.push({ kind: 'extensions_exhausted', extensions })
    else this.#facts.push({ kind: 'extension_applied', extensions, waitMs })
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

  /** The numbers of the shortest time, in tenths of the window, in which too much failed until now; a tenth that is not over counts with the one before it. */
  #highPart(command: Command): Readonly<Record<string, number>> | null {
    const { rate } = this.#options
    if (rate === null) return null
    const tenth = ({ at }: Heard): number => Math.floor(at / (rate.windowMs / 10))
    const tenths = [...new Set(this.#heard.map(tenth))].toReversed()
    const [newest = 0] = tenths
    for (const first of tenths.includes(newest - 1) ? tenths.slice(1) : tenths) {
      const heard = this.#heard.filter((one) => tenth(one) >= first)
      const failed = heard.filter((one) => one.failed)
      const sources = new Set(failed.map((one) => one.source)).size
      const tasks = failed.map((one) => one.task)
      const isHigh = heard.length >= rate.outcomes && failed.length / heard.length >= rate.share
      if (!isHigh || sources < rate.sources) continue
      if (!this.#manyTasks(tasks, { wanted: this.#options.tasks, command })) continue
      const byTenth = Object.values(Object.groupBy(failed, tenth)).map((some = []) =>
        some.map(({ task }) => task),
      )
      return { failures: failed.length, outcomes: heard.length, sources, ...this.#tasksTold(byTenth) }
    }
    return null
  }

  /** No more of a tenth, or of a row, than are asked for; nothing where one is enough. */
  #tasksTold(among: readonly (readonly string[])[]): { readonly tasks?: number } {
    const { tasks } = this.#options
    const known = among.flatMap((some) => [...new Set(some)].slice(0, tasks))
    return tasks === 1 ? {} : { tasks: new Set(known).size }
  }

  #waitMs(random: number): number {
    const { waitMs, growth, longestWaitMs, jitter } = this.#options
    let wait = waitMs
    for (let time = 0; time < this.#extensions; time += 1) wait *= growth
    wait = Math.min(longestWaitMs, wait)
    const [shortest, longest] = [wait - wait * jitter, wait + wait * jitter]
    return Math.round(shortest + (longest - shortest) * random)
  }

  #close(now: number, why: Why): void {
    this.#enter('closed', now, why)
    this.#heard = []
    this.#inARow = []
    if (!this.#flapping) this.#extensions = 0
  }

  #reset(now: number): void {
    this.#facts.push({ kind: 'manual_reset', from: this.#state })
    if (this.#state !== 'closed') this.#close(now, { reason: 'reset', numbers: {} })
    this.#extensions = 0
    this.#heard = []
    this.#inARow = []
  }

  #skipWait(now: number, by: 'person' | 'success'): void {
    if (this.#state !== 'open' || this.#probeAt === null || this.#probeAt <= now) return
    this.#facts.push({ kind: 'wait_skipped', leftMs: this.#probeAt - now, by })
    this.#probeAt = now
  }

  #calm(now: number): void {
    if (!this.#flapping || this.#lately(now) > 2) return
    this.#flapping = false
    this.#extensions = 0
    this.#facts.push({ kind: 'flapping_ended', changes: this.#lately(now), windowMs: 300_000 })
  }

  #enter(state: 'closed' | 'open' | 'half_open', now: number, why: Why): void {
    if (this.#state === 'closed' || state === 'closed') this.#tried = []
    this.#facts.push({ kind: 'state_change', from: this.#state, to: state, ...why })
    this.#state = state
    this.#sinceLast = now
    this.#changes.push(now)
    const [changes, before] = [this.#lately(now), this.#flapping]
    this.#flapping = changes > (before ? 2 : 5)
    if (this.#flapping === before) return
    const kind = before ? 'flapping_ended' : 'flapping_detected'
    this.#facts.push({ kind, changes, windowMs: 300_000 })
  }

  #lately(now: number): number {
    return this.#changes.filter((at) => at > now - 300_000).length
  }
}
