import type { Scheduler } from './scheduler.ts'

/** Everything that a simulation can do to the program, and what only comes about by that. */
export const FAULTS = [
  'a process is killed',
  'a process is stopped',
  'a process is stopped beyond its leases',
  'a landing is stopped between its check and its move, beyond its leases',
  'a process that was stopped wakes up while another lands',
  'an owner that was taken over wakes up and writes',
  'a landing that wakes up late is refused by the fence',
  'a lease is lost',
  'the clock is set forwards',
  'the clock is set back',
  'git fails',
  'git fails behind its effect',
  'git is slow',
  'the disk fails',
  'the disk is full',
  'a group is undone and carried out again',
  'a commit takes longer than two seconds',
  'a commit takes longer than a lease of the store',
  'a measurement fails',
  'an agent hangs',
  'an agent crashes',
  'an agent ends without a word',
  'an agent lies',
  'an agent changes what is not its own',
  'an agent disputes',
  'a provider limits',
  'a provider is out',
  'the machine of an agent fails',
  'a circuit of a stage opens',
  'a circuit of a worker opens',
  'a circuit of the system opens',
  'a circuit is half open',
  'the budget of the run is spent',
  'the budget of a task is spent',
  'a person cancels a task',
  'a person retries a task',
  'a person retries a task from RED',
  'a person adds tasks',
  'a person resets the circuits',
  'a person asks the run to stop',
  'a person asks the run to stop at once',
  'a person presses Ctrl-C',
  'a person presses Ctrl-C twice',
  'a person commits to the target',
  'a person commits a test to the target that holds there',
  'a person takes the last commit out of the target',
  'a person checks the target out for a while',
  'a person deletes the target for a while',
  'something is asked for while a task lands',
  'something is asked for while the run ends',
  'something is asked for while a worker idles',
  'something is asked for while a run waits for the store',
  'a request is carried out by who asked',
  'a run waits for who changes something',
  'somebody else was faster at taking the store',
  'a request is withdrawn',
] as const
export type Fault = (typeof FAULTS)[number]

/** Whether faults come about, and how often each did. */
export class Faults {
  readonly counts = new Map<Fault, number>()
  readonly #scheduler: Scheduler
  readonly #without: ReadonlySet<Fault>

  constructor(scheduler: Scheduler, without: ReadonlySet<Fault>) {
    this.#scheduler = scheduler
    this.#without = without
  }

  /** Whether it comes about now. One that is left out is drawn all the same, so that the rest of a seed stays as it was. */
  strikes(fault: Fault, probability: number): boolean {
    const strikes = this.#scheduler.chance(probability) && this.allows(fault)
    if (strikes) this.note(fault)
    return strikes
  }

  allows(fault: Fault): boolean {
    return !this.#without.has(fault)
  }

  note(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
  }
}
