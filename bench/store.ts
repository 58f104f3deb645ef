import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asBuilt } from './as-built.ts'
import { atLeast, atMost, type Figure, median, reported } from './figure.ts'
import { openPeers } from './peers/peers.ts'
import { floorFigures } from './store-floor.ts'
import { fillStore, type PlanSize, StoreLoad } from './store-load.ts'

const ROUNDS = 5
const STAGES = 200
const STAGES_OF_16 = 2_000
const JOBS = 8_000
const JOBS_OF_A_ROUND = 1_000
const MILLION = 1_000_000
const WAITING = 10_000
const IDLE = 16
const RINGS = 10
const READY = 1_000
const EMPTY_NODE = ['--expose-gc', '-e', 'gc(); console.log(process.memoryUsage().rss)']

/**
 * The store through its public interface, each change on the disk before it is answered: with `--peers` against job queues in
 * the same run (`peers/README.md`); with more workers; with a million tasks.
 */
export async function storeFigures({ withPeers }: { readonly withPeers: boolean }): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-store-'))
  try {
    return [
      ...(withPeers ? await againstPeers(directory) : []),
      ...(await floorFigures(directory)),
      ...(await moreWorkers(directory)),
      ...(await idleWorkers(directory)),
      ...(await growth(directory)),
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function againstPeers(directory: string): Promise<Figure[]> {
  const tasks = (ROUNDS + 1) * (STAGES + STAGES_OF_16 + JOBS)
  await using load = await opened(directory, { tasks, ready: READY })
  await using peers = await openPeers(tmpdir())
  const of = await medians(async () => ({
    stage: (await load.stages(1, STAGES)).stageMs,
    step: await peers.dbosStepMs({ workers: 1 }),
    stageOf16: (await load.stages(16, STAGES_OF_16)).msEach,
    stepOf16: await peers.dbosStepMs({ workers: 16 }),
    jobs: (await load.claimAndComplete(128, JOBS)).perSecond,
    graphile: await peers.graphileJobsPerSecond({ concurrency: 128 }),
    bullmq: await peers.bullmqJobsPerSecond({ concurrency: 4 }),
  }))
  const jobs = { name: 'claimed and completed, 128 workers', unit: 'per second', ours: of.jobs }
  return [
    atMost(1 / 5, {
      name: 'the end of a stage and the next claim, one transaction, 1 worker',
      unit: 'ms',
      ours: of.stage,
      anchor: 'a step of DBOS alone',
      theirs: of.step,
    }),
    atMost(1 / 10, {
      name: 'a stage with the start of its attempt, 16 workers',
      unit: 'ms',
      ours: of.stageOf16,
      anchor: 'a step of DBOS, 16 workflows',
      theirs: of.stepOf16,
    }),
    atLeast(10, { ...jobs, anchor: 'graphile-worker as it comes, 128 at once', theirs: of.graphile }),
    atLeast(2, { ...jobs, anchor: 'BullMQ, 4 at once', theirs: of.bullmq }),
  ]
}

async function moreWorkers(directory: string): Promise<Figure[]> {
  await using load = await opened(directory, { tasks: 2 * (ROUNDS + 1) * JOBS, ready: 4 * READY })
  const of = await medians(async () => {
    const few = await load.claimAndComplete(128, JOBS)
    const many = await load.claimAndComplete(1_000, JOBS)
    return { few: few.perSecond, many: many.perSecond, leastOverMost: many.leastOverMost }
  })
  return [
    atLeast(0.9, {
      name: 'claimed and completed, 1,000 workers',
      unit: 'per second',
      ours: of.many,
      anchor: 'by 128 workers',
      theirs: of.few,
    }),
    atLeast(0.5, {
      name: 'tasks of the worker that got least, of 1,000',
      unit: 'of the most',
      ours: of.leastOverMost,
      anchor: 'of the one that got most',
      theirs: 1,
    }),
  ]
}

/** All tasks wait for one file, so that each of them is looked at before a worker is told that there is nothing for it. */
async function idleWorkers(directory: string): Promise<Figure[]> {
  await using load = await opened(directory, { tasks: WAITING, ready: WAITING, sharesFile: true })
  const of = await medians(async () => ({
    one: await load.askInVainMs(1, RINGS),
    many: await load.askInVainMs(IDLE, RINGS),
  }))
  return [
    reported({
      name: `${IDLE} idle workers ask at once, 10,000 tasks wait for one file`,
      unit: 'ms',
      ours: of.many,
      anchor: 'one asks',
      theirs: of.one,
    }),
  ]
}

/** Of each number, over the rounds behind the first, which warms up. */
async function medians<Key extends string>(
  measure: () => Promise<Record<Key, number>>,
): Promise<Record<Key, number>> {
  await measure()
  const rounds: Record<Key, number>[] = []
  while (rounds.length < ROUNDS) rounds.push(await measure())
  const keys = Object.keys(rounds[0] ?? {}) as Key[]
  const middle = keys.map((key) => [key, median(rounds.map((round) => round[key]))] as const)
  return Object.fromEntries(middle) as Record<Key, number>
}

/** A store of a million tasks beside stores of a thousand, in turns, and what its process takes of memory. */
async function growth(directory: string): Promise<Figure[]> {
  const inOrder = join(directory, 'million.db')
  await fillStore(inOrder, { tasks: MILLION, ready: READY })
  const memory = memoryFigure(await asBuilt(join(directory, 'built'), 'store-memory'), inOrder)
  const throughput = await besideThousand(directory, inOrder)
  rmSync(inOrder)
  const anyOrder = join(directory, 'ready.db')
  await fillStore(anyOrder, { tasks: MILLION, ready: MILLION, randomPriority: true })
  const ready = await besideThousand(directory, anyOrder)
  return [
    atLeast(0.8, {
      name: 'claimed and completed of 1,000,000 tasks, 1,000 of them ready',
      unit: 'per second',
      ours: throughput.ours,
      anchor: 'of 1,000 tasks',
      theirs: throughput.theirs,
    }),
    reported({
      name: 'claimed and completed of 1,000,000 tasks, all ready, at random priority',
      unit: 'per second',
      ours: ready.ours,
      anchor: 'of 1,000 tasks',
      theirs: ready.theirs,
    }),
    memory,
  ]
}

async function besideThousand(directory: string, million: string): Promise<{ ours: number; theirs: number }> {
  await using large = await StoreLoad.open(million)
  return await medians(async () => {
    await using small = await opened(directory, { tasks: JOBS_OF_A_ROUND, ready: READY })
    return {
      theirs: (await small.claimAndComplete(128, JOBS_OF_A_ROUND)).perSecond,
      ours: (await large.claimAndComplete(128, JOBS_OF_A_ROUND)).perSecond,
    }
  })
}

async function opened(directory: string, size: PlanSize): Promise<StoreLoad> {
  const path = join(mkdtempSync(join(directory, 'plan-')), 'store.db')
  await fillStore(path, size)
  return StoreLoad.open(path)
}

/** Of a process of its own that opens the store and works it, against one that does nothing. */
function memoryFigure(script: string, path: string): Figure {
  const rounds = Array.from({ length: ROUNDS }, () => ({
    ours: printedNumber(['--expose-gc', script, path]),
    theirs: printedNumber(EMPTY_NODE),
  }))
  return atMost(3.5, {
    name: 'memory of a process that claims and completes 1,000,000 tasks',
    unit: 'MiB',
    ours: median(rounds.map(({ ours }) => ours)) / 2 ** 20,
    anchor: 'an empty Node',
    theirs: median(rounds.map(({ theirs }) => theirs)) / 2 ** 20,
  })
}

function printedNumber(args: readonly string[]): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
  return Number(stdout)
}
