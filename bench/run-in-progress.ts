import { DEFAULT_CIRCUITS } from '../src/domain/circuit-options.ts'
import type { Stage } from '../src/domain/stage.ts'
import { systemClock } from '../src/runtime/clock.ts'
import type { AttemptEnd, Claim, Store } from '../src/store/store.ts'
import {
  addedPlan,
  ended,
  newRun,
  refusal,
  spendOf,
  startedId,
  taskDefinition,
} from '../test/support/store-data.ts'

const RUN = 'bench'
const TARGET = 'tdd/bench'
const WORKERS = 128
const HOUR_MS = 3_600_000
/** Tasks of one chain: each waits for the one before. */
const CHAIN = 4
/** Chains that are worked at the same time while the store is filled: what they write is committed together. */
const AT_ONCE = 500
/** One in so many attempts at GREEN is refused first. */
const REFUSED_ONE_IN = 5

/**
 * A run in the middle: through the public interface of the store, six of ten tasks are completed with their attempts,
 * amounts, events and receipts, each worker has a task in hand, the first tasks of the chains that are left are available and
 * the others pending.
 */
export async function putRunInProgress(store: Store, tasks: number): Promise<void> {
  await store.createRun(newRun(RUN), systemClock.now())
  const keys = Array.from({ length: tasks }, (_, index) => `TASK-${index}`)
  await store.addTasks(RUN, addedPlan(...keys.map(definitionOf)), systemClock.now())
  const start = { target: TARGET, base: 'b'.repeat(40), workers: WORKERS, circuits: DEFAULT_CIRCUITS }
  await store.startRun(RUN, start, systemClock.now())
  const token = await store.takeLandingLease(TARGET, 'bench', HOUR_MS, systemClock.now())
  if (token === null) throw new Error('the lease of the landing is taken')
  const done = Math.floor((tasks * 0.6) / CHAIN) * CHAIN
  for (let first = 0; first < done; first += AT_ONCE * CHAIN) {
    const heads = keys
      .slice(first, Math.min(done, first + AT_ONCE * CHAIN))
      .filter((_, at) => at % CHAIN === 0)
    await Promise.all(
      heads.map(async (head) => {
        const at = keys.indexOf(head)
        for (const key of keys.slice(at, at + CHAIN)) await complete(store, key, token)
      }),
    )
  }
  await Promise.all(
    Array.from({ length: WORKERS }, (_, worker) => hold(store, `TASK-${done + worker * CHAIN}`, worker)),
  )
}

function definitionOf(key: string, index: number) {
  const before = index % CHAIN === 0 ? [] : [`TASK-${index - 1}`]
  const criteria = [1, 2, 3].map((each) => ({
    id: `AC-${index}-${each}`,
    text: `What is handed in comes back, part ${each}`,
    requirements: ['FR-1'],
  }))
  return taskDefinition(key, { dependsOn: before, criteria, complexity: COMPLEXITIES[index % 3] ?? 'low' })
}

const COMPLEXITIES = ['low', 'medium', 'high'] as const

async function complete(store: Store, key: string, token: number): Promise<void> {
  const number = Number(key.slice('TASK-'.length))
  const claim = await claimed(store, key, `worker_${1 + (number % WORKERS)}`)
  await attempt(store, { claim, stage: 'red', outcome: accepted('r') })
  if (number % REFUSED_ONE_IN === 0) await attempt(store, { claim, stage: 'green', outcome: REFUSED })
  await attempt(store, { claim, stage: 'green', outcome: accepted('g') })
  await attempt(store, { claim, stage: 'verify', outcome: accepted('g') })
  await store.enterLanding(claim, systemClock.now())
  const commits = { merge: `m${number}`, red: 'r', green: 'g', evidence: `sha256:${number}` }
  const landing = { run: RUN, task: key, target: TARGET, ...commits }
  await store.recordIntent({ ...landing, token, expected: 'h', evidenceText: '{}' }, 1, systemClock.now())
  await store.recordReceipt({ ...landing, landedAt: systemClock.now() }, systemClock.now())
}

async function hold(store: Store, key: string, index: number): Promise<void> {
  const worker = `worker_${index + 1}`
  const claim = await claimed(store, key, worker)
  const started = await store.startAttempt(claim, newAttempt('red'), systemClock.now())
  await store.recordUsage(startedId(started), spendOf(1, 900))
  const note = {
    run: RUN,
    worker,
    state: 'working',
    task: key,
    stage: 'red',
    since: systemClock.now(),
  } as const
  await store.noteWorker(note, systemClock.now())
}

async function claimed(store: Store, key: string, worker: string): Promise<Claim> {
  const asked = { run: RUN, worker, leaseMs: HOUR_MS, candidates: [key] }
  const claim = await store.claim(asked, systemClock.now())
  if (claim === null) throw new Error(`${worker} could not claim ${key}`)
  return claim
}

async function attempt(
  store: Store,
  {
    claim,
    stage,
    outcome,
  }: { readonly claim: Claim; readonly stage: Stage; readonly outcome: AttemptEnd['outcome'] },
): Promise<void> {
  const id = startedId(await store.startAttempt(claim, newAttempt(stage), systemClock.now()))
  const spend = stage === 'verify' ? spendOf(0, 0) : spendOf(1, 1_200)
  const end = { ...ended(outcome), spend, agentMs: 60_000, verifyMs: 9_000, engineMs: 40 }
  await store.finishAttempt(claim, id, end, systemClock.now())
}

function newAttempt(stage: Stage) {
  return { stage, agent: stage === 'verify' ? null : 'scripted', reserved: spendOf(1, 500) }
}

function accepted(green: string): AttemptEnd['outcome'] {
  return { kind: 'accepted', work: { base: 'b', red: 'r', green, evidence: 'sha256:0' } }
}

const REFUSED: AttemptEnd['outcome'] = {
  kind: 'refused',
  refusals: [refusal('tests_failed')],
  base: 'b',
  tree: null,
}
