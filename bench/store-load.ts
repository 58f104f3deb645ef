import { DEFAULT_CIRCUITS } from '../src/domain/circuit-options.ts'
import type { TaskDefinition } from '../src/domain/plan.ts'
import { NO_SPEND } from '../src/domain/spend.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { processIdentity } from '../src/runtime/process-identity.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { AttemptEnd, Claim, Store } from '../src/store/store.ts'
import { addedPlan, ended, newRun, startedId, taskDefinition } from '../test/support/store-data.ts'
import { randomOf } from '../test/support/seeded-random.ts'

const RUN = 'bench'
const TARGET = 'tdd/bench'
const LEASE_MS = 3_600_000
/** Tasks that are handed in at once. */
const AT_ONCE = 10_000
const EVIDENCE = JSON.stringify({ tests: Array.from({ length: 20 }, (_, at) => `a test with a name, ${at}`) })

export interface PlanSize {
  readonly tasks: number
  /** How many can be claimed at most at a time: each task waits for the one that stands so many places before it. */
  readonly ready: number
  /** Default: all the same, so that rows are claimed in the order of the plan. */
  readonly randomPriority?: boolean
  /** All of them change one more file, the same: one can be worked at a time. Default false. */
  readonly sharesFile?: boolean
}

/** Makes a store with such a plan. */
export async function fillStore(path: string, size: PlanSize): Promise<void> {
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun(newRun(RUN), 1)
  const random = randomOf(size.tasks)
  for (let from = 0; from < size.tasks; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, size.tasks - from)
    const tasks = Array.from({ length: count }, (_, at) => taskAt(from + at, size, random))
    await store.addTasks(RUN, addedPlan(...tasks), 2)
  }
  await store.startRun(RUN, { target: TARGET, base: 'base', workers: 1, circuits: DEFAULT_CIRCUITS }, 3)
}

function taskAt(
  place: number,
  { ready, randomPriority = false, sharesFile = false }: PlanSize,
  random: () => number,
): TaskDefinition {
  const name = `module-${place}`
  const before = place - ready
  return taskDefinition(`TASK-${place}`, {
    goal: `The ${name} does what its criteria say, and nothing else changes.`,
    criteria: [1, 2, 3].map((at) => ({
      id: `AC-${at}`,
      text: `Criterion ${at} of ${name} holds.`,
      requirements: [],
    })),
    locks: [`src/${name}.ts`, `test/${name}.test.ts`, ...(sharesFile ? ['src/index.ts'] : [])],
    dependsOn: before < 0 ? [] : [`TASK-${before}`],
    priority: randomPriority ? Math.floor(random() * 1_000_000) : 0,
  })
}

/** What came of workers that asked for work as long as some of it was left. */
interface Worked {
  readonly perSecond: number
  readonly msEach: number
  /** Of the worker that got least, over that of the one that got most. */
  readonly leastOverMost: number
  /** Mean time from the end of a stage until all that belongs to it is on the disk and the next task is claimed. */
  readonly stageMs: number
}

/** Workers without agents, on the public interface of a store that `fillStore` made. */
export class StoreLoad implements AsyncDisposable {
  readonly #store: Store
  readonly #landing: number

  private constructor(store: Store, landing: number) {
    this.#store = store
    this.#landing = landing
  }

  static async open(path: string): Promise<StoreLoad> {
    const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
    const now = systemClock.now()
    await store.startRun(RUN, { target: TARGET, base: 'base', workers: 1, circuits: DEFAULT_CIRCUITS }, now)
    const landing = await store.takeLandingLease(TARGET, `bench ${now}`, LEASE_MS, now)
    if (landing === null) throw new Error('somebody else lands there')
    return new StoreLoad(store, landing)
  }

  /** Claims tasks and completes them, `jobs` in all. */
  claimAndComplete(workers: number, jobs: number): Promise<Worked> {
    return this.#work({
      workers,
      jobs,
      complete: (claim) => this.#land(claim),
      begin: () => Promise.resolve(0),
    })
  }

  /** As above, with an attempt of each task: begun, and ended with verdict, evidence and circuits. */
  stages(workers: number, jobs: number): Promise<Worked> {
    return this.#work({
      workers,
      jobs,
      begin: async (claim) => {
        const attempt = { stage: 'green', agent: 'bench', reserved: NO_SPEND } as const
        return startedId(await this.#store.startAttempt(claim, attempt, systemClock.now()))
      },
      complete: (claim, attempt) => [
        this.#store.finishAttempt(claim, attempt, endOf(claim), systemClock.now()),
        ...this.#land(claim),
      ],
    })
  }

  /** Mean time in which so many idle workers are told that there is nothing, each time after something was written. */
  async askInVainMs(workers: number, times: number): Promise<number> {
    const held = await this.#claim('worker_0')
    if (held === null) throw new Error('there is nothing to hold')
    const start = performance.now()
    for (let time = 0; time < times; time += 1) {
      const answers = await Promise.all([
        this.#store.renewClaims([held], LEASE_MS, systemClock.now()),
        ...Array.from({ length: workers }, (_, at) => this.#claim(`worker_${at + 1}`)),
      ])
      if (answers.slice(1).some((answer) => answer !== null)) throw new Error('there was something')
    }
    const ms = (performance.now() - start) / times
    await this.#store.giveBack(held, { notBefore: 0, reason: 'measured' }, systemClock.now())
    return ms
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.releaseLandingLease(TARGET, this.#landing, systemClock.now())
    await this.#store.close()
  }

  async #work(work: Work): Promise<Worked> {
    const counts: number[] = []
    const stagesMs: number[] = []
    const left = { jobs: work.jobs }
    const start = performance.now()
    await Promise.all(
      Array.from({ length: work.workers }, async (_, at) => {
        counts.push(await this.#worker(work, { name: `worker_${at + 1}`, left, stagesMs }))
      }),
    )
    const ms = performance.now() - start
    const done = counts.reduce((sum, count) => sum + count, 0)
    return {
      perSecond: (done / ms) * 1_000,
      msEach: ms / done,
      leastOverMost: Math.min(...counts) / Math.max(...counts),
      stageMs: stagesMs.reduce((sum, each) => sum + each, 0) / stagesMs.length,
    }
  }

  /** What ends a stage and what begins the next one are handed in together: one transaction. */
  async #worker({ begin, complete }: Work, { name, left, stagesMs }: Working): Promise<number> {
    let held = await this.#claim(name)
    let done = 0
    while (held !== null) {
      const attempt = await begin(held)
      const before = performance.now()
      left.jobs -= 1
      const isLast = left.jobs < 0
      const ending = Promise.all(complete(held, attempt))
      const next = isLast ? Promise.resolve(null) : this.#claim(name)
      if (!(await ending).every(Boolean)) throw new Error(`${held.task.definition.key} was not completed`)
      held = await next
      stagesMs.push(performance.now() - before)
      done += 1
    }
    return done
  }

  #claim(worker: string): Promise<Claim | null> {
    return this.#store.claim({ run: RUN, worker, leaseMs: LEASE_MS }, systemClock.now())
  }

  #land(claim: Claim): Promise<boolean>[] {
    const at = systemClock.now()
    const task = claim.task.definition.key
    const landed = { run: RUN, task, target: TARGET, merge: 'm', red: 'r', green: 'g', evidence: 'sha256:e' }
    const intent = { ...landed, expected: 'head', token: this.#landing, evidenceText: EVIDENCE }
    return [
      this.#store.enterLanding(claim, at),
      this.#store.recordIntent(intent, claim.task.generation, at),
      this.#store.recordReceipt({ ...landed, landedAt: at }, at),
    ]
  }
}

interface Work {
  readonly workers: number
  readonly jobs: number
  readonly begin: (claim: Claim) => Promise<number>
  readonly complete: (claim: Claim, attempt: number) => Promise<boolean>[]
}

interface Working {
  readonly name: string
  readonly left: { jobs: number }
  readonly stagesMs: number[]
}

function endOf({ task }: Claim): AttemptEnd {
  const digest = `sha256:${task.definition.key}`
  const work = { base: 'b', red: 'r', green: 'g', evidence: digest }
  return { ...ended({ kind: 'accepted', work }), evidence: { digest, text: EVIDENCE } }
}
