import { hasEnded, type Run } from '../../src/store/store.ts'
import { messageOf } from '../../src/errors.ts'
import { OPERATIONS } from '../../src/store/operations.ts'
import { type Outside, runEngine } from './engine-process.ts'
import { type Fault, Faults } from './faults.ts'
import { noteWhatCameAbout } from './came-about.ts'
import { Promises, type Violation } from './promises.ts'
import { askNow, type Hands, meddle, retrySome } from './people.ts'
import { drawScenario, newRepository, RUN, runOf } from './scenario.ts'
import { type Mishaps, Scheduler, type SimulatedProcess } from './scheduler.ts'
import { SimulatedDisk } from './store.ts'

export interface Simulated {
  readonly seed: number
  readonly trace: readonly string[]
  readonly violation: Violation | null
  /** Of the run, in the end. */
  readonly state: string
  /** Processes of the engine that it took. */
  readonly processes: number
  /** What came about, and how often. */
  readonly faults: ReadonlyMap<Fault, number>
}

interface SimulateOptions {
  readonly seed: number
  /** What cannot come to an end in so many steps is a violation. Default 200,000. */
  readonly mostSteps?: number
  /** What does not come about in it. Default: everything may. */
  readonly without?: ReadonlySet<Fault>
}

const MOST_STEPS = 200_000
const MOST_STARTS = 80

/** Works one plan to its end through whatever the seed brings, and holds the promises against it at every step. */
export async function simulate({
  seed,
  mostSteps = MOST_STEPS,
  without = new Set(),
}: SimulateOptions): Promise<Simulated> {
  const scheduler = new Scheduler(seed)
  const scenario = drawScenario(scheduler)
  simulations += 1
  using disk = new SimulatedDisk(`simulated${simulations}`, scheduler.wall)
  const faults = new Faults(scheduler, without)
  const outside: Outside = {
    scheduler,
    faults,
    scenario,
    repository: newRepository(),
    disk,
    ledger: [],
    processes: [],
  }
  disk.reader.transaction(() => OPERATIONS.createRun(disk.reader, [runOf(scenario), scheduler.wall]))
  const promises = new Promises(outside)
  const shell = new Shell(outside, promises)
  const ending = await scheduler.run(
    { isDone: () => shell.isDone || promises.broken !== null, onStep: () => promises.look(), mostSteps },
    shell.mishaps,
  )
  if (ending === 'endless') promises.break('nothing is lost', `there was no end in ${mostSteps} steps`)
  else if (ending === 'deadlock')
    promises.break('nothing is lost', 'everything waits, and nothing ever comes')
  else promises.lookAtTheEnd()
  shell.killAll()
  noteWhatCameAbout(outside)
  return {
    seed,
    trace: scheduler.trace,
    violation: promises.broken,
    state: stateOf(outside),
    processes: outside.processes.length,
    faults: faults.counts,
  }
}

function stateOf({ disk }: Outside): Run['state'] {
  const run = OPERATIONS.run(disk.reader, [RUN])
  if (run === null) throw new Error('the run is gone')
  return run.state
}

/** Each has a database of its own. */
let simulations = 0

/** Starts the engine again and again, as people do, until the run has ended. */
class Shell {
  isDone = false
  readonly #outside: Outside
  readonly #promises: Promises
  readonly #self: SimulatedProcess = { name: 'shell', alive: true, stoppedUntil: 0 }
  #interrupts: { readonly winding: AbortController; readonly stopping: AbortController } | null = null
  readonly #hands: Hands
  #mishapsLeft: number
  #clockChangesLeft: number
  /** Of each of the worst moments. */
  readonly #requestsLeft: Map<Fault, number>
  #roundsLeft: number

  constructor(outside: Outside, promises: Promises) {
    this.#outside = outside
    this.#promises = promises
    this.#mishapsLeft = outside.scenario.mishaps
    this.#clockChangesLeft = outside.scenario.clockChanges
    this.#requestsLeft = new Map(WORST_MOMENTS.map(({ fault }) => [fault, outside.scenario.requests]))
    this.#roundsLeft = outside.scenario.rounds
    this.#hands = {
      interrupt: (now) => this.#interrupt(now),
      target: () => promises.target,
      process: this.#self,
    }
    void this.#keepStarting()
    void meddle(outside, this.#hands, outside.scenario.meddling)
  }

  /** At any step: a process is killed, or stopped for a while, the clock is set, or somebody asks for something. */
  get mishaps(): Mishaps {
    return {
      before: (process, door) => {
        if (process === this.#self) return
        this.#mayAsk(door)
        this.#maySetClock()
        this.#mayWake(process, door)
        this.#mayHit(process, door)
      },
    }
  }

  #mayAsk(door: string): void {
    const { faults } = this.#outside
    const moment = WORST_MOMENTS.find(({ doors }) => doors.test(door))
    if (moment === undefined) return
    const left = this.#requestsLeft.get(moment.fault) ?? 0
    if (left === 0 || !faults.strikes(moment.fault, moment.chance)) return
    this.#requestsLeft.set(moment.fault, left - 1)
    askNow(this.#outside, this.#hands)
  }

  #maySetClock(): void {
    const { scheduler, faults } = this.#outside
    if (this.#clockChangesLeft === 0 || !scheduler.chance(CLOCK_CHANGE)) return
    this.#clockChangesLeft -= 1
    const ms = scheduler.between(1_000, scheduler.chance(0.15) ? HOURS_MS : LONGEST_CLOCK_CHANGE_MS)
    const fault = scheduler.pick(['the clock is set forwards', 'the clock is set back'] as const)
    if (!faults.strikes(fault, 1)) return
    scheduler.trace.push(`${scheduler.now} ${fault} by ${ms} ms`)
    scheduler.setClock(fault === 'the clock is set back' ? -ms : ms)
  }

  /** Where one lands, another that was stopped goes on. */
  #mayWake(process: SimulatedProcess, door: string): void {
    const { scheduler, faults } = this.#outside
    if (!CRITICAL.test(door)) return
    const stopped = this.#outside.processes.find(
      (other) => other !== process && other.alive && other.stoppedUntil > scheduler.now,
    )
    if (stopped === undefined) return
    if (!faults.strikes('a process that was stopped wakes up while another lands', WAKING)) return
    scheduler.trace.push(`${scheduler.now} ${stopped.name} goes on`)
    stopped.stoppedUntil = scheduler.now
  }

  #mayHit(process: SimulatedProcess, door: string): void {
    const { scheduler, faults } = this.#outside
    if (this.#mishapsLeft === 0) return
    if (!scheduler.chance(CRITICAL.test(door) ? CRITICAL_MISHAP : MISHAP)) return
    this.#mishapsLeft -= 1
    const isKill = scheduler.chance(0.6)
    const isLong = door === 'git.land.transaction' && scheduler.chance(0.7)
    const ms = scheduler.between(isLong ? LEASE_MS : 1_000, isLong ? 3 * LONGEST_STOP_MS : LONGEST_STOP_MS)
    if (!faults.strikes(isKill ? 'a process is killed' : 'a process is stopped', 1)) return
    this.#promises.noteMishap()
    if (isKill) {
      scheduler.trace.push(`${scheduler.now} ${process.name} killed at ${door}`)
      return scheduler.kill(process)
    }
    if (ms > LEASE_MS) faults.note('a process is stopped beyond its leases')
    if (ms > LEASE_MS && door === 'git.land.transaction')
      faults.note('a landing is stopped between its check and its move, beyond its leases')
    scheduler.trace.push(`${scheduler.now} ${process.name} stopped at ${door} for ${ms} ms`)
    process.stoppedUntil = scheduler.now + ms
  }

  killAll(): void {
    for (const process of [...this.#outside.processes, this.#self]) this.#outside.scheduler.kill(process)
  }

  async #keepStarting(): Promise<void> {
    const { scheduler, scenario } = this.#outside
    let { invocations } = scenario
    let starts = 0
    let goesOnAt: number | null = null
    while (starts < MOST_STARTS && !this.isDone) {
      this.#promises.allow(invocations)
      const isTooEarly = goesOnAt !== null && scheduler.wall < goesOnAt
      const life = this.#start(invocations)
      while (!life.ended && life.process.alive && life.process.stoppedUntil <= scheduler.now)
        await scheduler.wait(this.#self, 'shell.look', LOOK_MS)
      // Who is told that another one has the store, or when the run can go on, may ask as often as it likes.
      if (!life.wasRefused && !isTooEarly) starts += 1
      if (!life.wasRefused) goesOnAt = life.goesOnAt
      if (life.pausedBy === 'budget') this.#outside.faults.note('the budget of the run is spent')
      if (invocations !== null && life.pausedBy === 'budget') invocations += scheduler.between(1, 10)
      if (this.isDone) return
      await scheduler.wait(this.#self, 'shell.start', scheduler.between(100, 60_000))
    }
    this.#promises.break('nothing is lost', `the run did not end within ${MOST_STARTS} starts`)
  }

  #start(invocations: number | null): Life {
    const { scheduler } = this.#outside
    const pid = this.#outside.processes.length + 1
    const process: SimulatedProcess = { name: `p${pid}`, alive: true, stoppedUntil: 0 }
    this.#outside.processes.push(process)
    const life: Life = { process, ended: false, wasRefused: false, pausedBy: null, goesOnAt: null }
    const interrupts = { winding: new AbortController(), stopping: new AbortController() }
    this.#interrupts = interrupts
    const started = runEngine(this.#outside, {
      process,
      pid,
      invocations,
      winding: interrupts.winding.signal,
      stopping: interrupts.stopping.signal,
    })
    void started
      .then(
        (ending) => {
          life.wasRefused = ending === null
          life.pausedBy = ending?.pausedBy ?? null
          life.goesOnAt = ending?.resumeAt ?? null
          // One that was stopped behind its last word may come to its end when the run goes on again.
          if (ending !== null && hasEnded(ending.state) && hasEnded(stateOf(this.#outside)))
            this.isDone = !this.#takeUpAgain()
        },
        (thrown: unknown) => {
          if (!isOutage(thrown)) this.#promises.break('faults are classified', messageOf(thrown))
        },
      )
      .finally(() => {
        life.ended = true
        scheduler.kill(process)
      })
    return life
  }

  /** Whether a person has something of a run that ended done again. */
  #takeUpAgain(): boolean {
    if (this.#roundsLeft === 0) return false
    this.#roundsLeft -= 1
    return retrySome(this.#outside)
  }

  #interrupt(now: boolean): void {
    this.#interrupts?.winding.abort()
    if (now) this.#interrupts?.stopping.abort()
  }
}

interface Life {
  readonly process: SimulatedProcess
  ended: boolean
  /** Another process had the store. */
  wasRefused: boolean
  pausedBy: string | null
  /** When the run can go on, in the time of the clock on the wall. */
  goesOnAt: number | null
}

/** For each step. */
const MISHAP = 0.004
/** Where a landing or its record is half done, mishaps come more often: there are few such steps, and they matter most. */
const CRITICAL = /^git\.(land|note|fence)|record(Intent|Receipt)|dropIntent/
const CRITICAL_MISHAP = 0.1
const WAKING = 0.15
const LONGEST_STOP_MS = 200_000
/** Of a claim and of a landing; that of the store is half of it. */
const LEASE_MS = 60_000
const CLOCK_CHANGE = 0.002
/** What waits for a time of the clock waits longer where that is set back: by hours now and then, since that takes many steps. */
const LONGEST_CLOCK_CHANGE_MS = 600_000
const HOURS_MS = 3 * 3_600_000
/** When a request from outside can do most harm. */
const WORST_MOMENTS: readonly { readonly fault: Fault; readonly doors: RegExp; readonly chance: number }[] = [
  { fault: 'something is asked for while a task lands', doors: CRITICAL, chance: 0.05 },
  {
    fault: 'something is asked for while the run ends',
    doors: /suspendRun|releaseLandingLease/,
    chance: 0.3,
  },
  { fault: 'something is asked for while a worker idles', doors: /^sleep/, chance: 0.01 },
  { fault: 'something is asked for while a run waits for the store', doors: /^store\.await/, chance: 0.5 },
]
/** How often the shell looks whether a process still runs. */
const LOOK_MS = 20_000

/** What a process may end with where not by an ending of its run: somebody else has the store, or the machine fails. */
function isOutage(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null
  return typeof code === 'string' && OUTAGES.includes(code)
}

const OUTAGES = [
  'store_owned',
  'store_unavailable',
  'git_failed',
  'slot_failed',
  'setup_failed',
  'target_checked_out',
  'target_missing',
]
