import { randomOf } from '../support/seeded-random.ts'

/** One process of the simulation: what it waits for goes on only while it lives and is not stopped. */
export interface SimulatedProcess {
  readonly name: string
  alive: boolean
  /** Stopped (SIGSTOP, or a machine that sleeps) until then, in milliseconds since the epoch. */
  stoppedUntil: number
}

/** What is waited for at a door of the engine. */
interface Parked {
  readonly process: SimulatedProcess
  readonly door: string
  /** When it may go on. */
  readonly at: number
  readonly goOn: () => void
  /** Nobody waits for it any more. */
  readonly forget: () => void
}

/** What chance may do to a process each time that something of it could go on. */
export interface Mishaps {
  /** Asked before each step with the door that was chosen; what it does to the process happens first. */
  before(process: SimulatedProcess, door: string): void
}

/** Any of the outcomes is told, and nothing else happens afterwards. */
export type Ending = 'done' | 'deadlock' | 'endless'

/**
 * Virtual time and the only source of chance: everything that waits is parked here, and one at a time goes on, so that what
 * happens is a function of the seed.
 */
export class Scheduler {
  readonly #random: () => number
  readonly #parked: Parked[] = []
  readonly trace: string[] = []
  #now = Date.UTC(2030, 0, 1)
  #ahead = 0
  #ids = 0

  constructor(seed: number) {
    this.#random = randomOf(seed)
  }

  get now(): number {
    return this.#now
  }

  /** What the clock of the machine shows. */
  get wall(): number {
    return this.#now + this.#ahead
  }

  /** Somebody sets the clock, forwards or back; nothing waits longer or shorter by it. */
  setClock(by: number): void {
    this.#ahead += by
  }

  /** In [0, 1). */
  random(): number {
    return this.#random()
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#random() * from.length)]
    if (picked === undefined) throw new Error('there is nothing to pick from')
    return picked
  }

  /** An id that no other has in this simulation. */
  id(): string {
    this.#ids += 1
    return `i${this.#ids}`
  }

  /** Waits at a door for `ms`; never resolves once the process is dead. Resolves at once where the signal aborts. */
  wait(process: SimulatedProcess, door: string, ms = 0, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (!process.alive) return
      if (signal?.aborted === true) return resolve()
      const forget = (): void => signal?.removeEventListener('abort', leave)
      const goOn = (): void => {
        forget()
        resolve()
      }
      const parked: Parked = { process, door, at: this.#now + Math.max(0, ms), goOn, forget }
      const leave = (): void => {
        const at = this.#parked.indexOf(parked)
        if (at >= 0) this.#parked.splice(at, 1)
        goOn()
      }
      this.#parked.push(parked)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Nothing of it ever goes on again. */
  kill(process: SimulatedProcess): void {
    process.alive = false
    for (let at = this.#parked.length - 1; at >= 0; at -= 1)
      if (this.#parked[at]?.process === process) this.#parked.splice(at, 1)[0]?.forget()
  }

  /** Lets things go on, one at a time, until `isDone`. `onStep` is called when what followed from a step has happened. */
  async run(
    until: { readonly isDone: () => boolean; readonly onStep: () => void; readonly mostSteps: number },
    mishaps: Mishaps,
  ): Promise<Ending> {
    for (let step = 0; step < until.mostSteps; step += 1) {
      await everythingElse()
      until.onStep()
      if (until.isDone()) return 'done'
      const next = this.#choose()
      if (next === null) return 'deadlock'
      mishaps.before(next.process, next.door)
      if (!next.process.alive || this.#isStopped(next.process)) continue
      this.#parked.splice(this.#parked.indexOf(next), 1)
      this.trace.push(`${this.#now} ${next.process.name} ${next.door}`)
      next.goOn()
    }
    return 'endless'
  }

  /** One of those whose time has come; where there is none, time goes on to the next. */
  #choose(): Parked | null {
    if (this.#parked.length === 0) return null
    const ready = this.#parked.filter((parked) => this.#timeOf(parked) <= this.#now)
    if (ready.length > 0) return this.pick(ready)
    this.#now = Math.min(...this.#parked.map((parked) => this.#timeOf(parked)))
    return this.pick(this.#parked.filter((parked) => this.#timeOf(parked) <= this.#now))
  }

  #timeOf({ at, process }: Parked): number {
    return Math.max(at, process.stoppedUntil)
  }

  #isStopped(process: SimulatedProcess): boolean {
    return process.stoppedUntil > this.#now
  }
}

/** All that follows without waiting at a door. */
function everythingElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
