import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { OrchestratorError } from '../../src/errors.ts'
import type { Engine } from '../../src/engine/open.ts'
import type { Trees } from '../../src/git/trees.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import {
  allEvents,
  type PlayedTasks,
  playedPlan,
  playedSession,
  writesSource,
  writesTest,
} from '../support/played-tasks.ts'

it('an idle worker takes a task that another worked on, its warm slot with it', async () => {
  const sample = engineSample(letterFiles)
  const leaves = { run: ['sh', '-c', 'mkdir node_modules; echo warm > node_modules/mark'] }
  const looks = (key: string) => ({ run: ['sh', '-c', `find . -name mark > src/seen-by-${key}.txt`] })
  const first: PlayedTasks = {
    A: { red: [[...writesTest('A'), leaves]], green: [[...writesSource('A'), looks('a')]] },
  }
  // Claimed before A, so that the worker which began A is at work when A goes on.
  const urgent: PlayedTasks = {
    B: { task: { priority: 10 }, green: [[...writesSource('B'), looks('b')]] },
  }
  await using engine = await sample.open()
  await sample.ingest(engine, playedPlan(first))
  const budget = { invocations: 1, tokens: null, usd: null, timeMs: null }
  const begun = await sample.run(engine, playedSession(first), { workers: 1, budget })
  expect(begun.state).toBe('paused')
  await sample.ingest(engine, playedPlan(urgent))
  const report = await sample.run(engine, playedSession({ ...first, ...urgent }), { workers: 2 })
  expect(report.state).toBe('completed')
  const claims = (await allEvents(engine)).filter(({ kind, task }) => kind === 'task_claimed' && task === 'A')
  expect(claims.map(({ data }) => data['worker'])).toEqual(['worker_1', 'worker_2'])
  const landed = (path: string): string => sample.repo.git('show', `${report.target}:${path}`).trim()
  expect(landed('src/seen-by-a.txt')).toBe('./node_modules/mark')
  expect(landed('src/seen-by-b.txt')).toBe('')
})

it('an agent that filled the disk leaves nothing in its slot, not for its own task either', async () => {
  const sample = engineSample(letterFiles)
  const fills = {
    run: ['sh', '-c', 'mkdir node_modules; head -c 40000000 /dev/zero > node_modules/mark; sleep 60'],
  }
  const looks = { run: ['sh', '-c', 'find . -name mark > src/seen.txt'] }
  const tasks: PlayedTasks = {
    A: { red: [[fills], writesTest('A')], green: [[...writesSource('A'), looks]] },
  }
  await using engine = await sample.open({ 'limits.diskBytes': 16_000_000 })
  await sample.ingest(engine, playedPlan(tasks))
  const report = await sample.run(engine, playedSession(tasks), { workers: 1 })
  expect(report.state).toBe('completed')
  expect(sample.repo.git('show', `${report.target}:src/seen.txt`).trim()).toBe('')
})

it('while a task is verified its slot is made ready for the next one, which begins without a file being written', async () => {
  const sample = engineSample(letterFiles)
  const tasks: PlayedTasks = { A: {}, B: {} }
  await using engine = await sample.open({ 'run.workers': 1 })
  await sample.ingest(engine, playedPlan(tasks))
  const { world, lent } = watched(engine)
  const report = await sample.run({ ...engine, world }, playedSession(tasks), { workers: 1 })
  expect(report.state).toBe('completed')
  // RED of A finds nothing there; what follows was prepared while the stage before it was judged or verified.
  expect(lent.map(({ task }) => task.replace(/.* /, ''))).toEqual(['A', 'A', 'B', 'B'])
  const [, green, red] = lent
  expect(green?.written).toEqual([])
  expect(red?.written).toEqual([])
  expect(report.landed.map(({ task }) => task).sort()).toEqual(['A', 'B'])
})

it('an attempt whose slot cannot be prepared is no call of an agent, and gives back what was set aside for one', async () => {
  const sample = engineSample(letterFiles)
  const tasks: PlayedTasks = { A: {} }
  await using engine = await sample.open()
  await sample.ingest(engine, playedPlan(tasks))
  const { trees } = engine.world
  const full = new OrchestratorError('slot_failed', 'the disk is full')
  const failing = [full]
  const agentTree: Trees['agentTree'] = async (request) => {
    const failure = failing.pop()
    if (failure !== undefined) throw failure
    return await trees.agentTree(request)
  }
  const world = { ...engine.world, trees: { ...trees, agentTree } }
  const budget = { invocations: 1, tokens: null, usd: null, timeMs: null }
  const report = await sample.run({ ...engine, world }, playedSession(tasks), { budget })
  expect(report).toMatchObject({ pausedBy: 'budget', spend: { invocations: 1 } })
  const outcomes = (await allEvents(engine)).filter(({ kind }) => /^attempt_(lost|accepted)/.test(kind))
  expect(outcomes.map(({ kind }) => kind)).toEqual(['attempt_lost', 'attempt_accepted'])
  expect((await engine.world.store.spend(report.run)).estimated).toMatchObject({ invocations: 0 })
})

interface Lending {
  readonly task: string
  /** What the slot holds now and did not hold before it was asked for. */
  readonly written: readonly string[]
}

/** The engine's own slots, looked at around each lending. Proofs wait until what is being prepared is there. */
function watched(engine: Engine): { world: Engine['world']; lent: Lending[] } {
  const slots = join(engine.stateDirectory, 'slots')
  const lent: Lending[] = []
  let settled = Promise.resolve()
  const { trees } = engine.world
  const watching: Trees = {
    ...trees,
    agentTree: async (request) => {
      await settled
      const before = inodes(slots)
      const agent = await trees.agentTree(request)
      const after = inodes(slots)
      const written = [...after].filter(([path, ino]) => before.get(path) !== ino).map(([path]) => path)
      lent.push({ task: request.task, written })
      return {
        ...agent,
        [Symbol.asyncDispose]: async () => {
          await agent[Symbol.asyncDispose]()
          settled = untilQuiet(slots)
        },
      }
    },
    prepare: (preparation) => {
      trees.prepare(preparation)
      settled = untilQuiet(slots)
    },
    proofTree: async (request) => {
      await settled
      return trees.proofTree(request)
    },
  }
  return { world: { ...engine.world, trees: watching }, lent }
}

/** Nothing is written in the slot any more. */
async function untilQuiet(slots: string): Promise<void> {
  let before = ''
  await vi.waitFor(
    () => {
      const now = JSON.stringify([...inodes(slots)].map(([path, ino]) => [path, String(ino)]))
      const quiet = now === before
      before = now
      expect(quiet).toBe(true)
    },
    { timeout: 60_000, interval: 500 },
  )
}

/** Files in agent trees by their inode; one that was written again has another. */
function inodes(slots: string): Map<string, bigint> {
  const found = readdirSync(slots, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith('agent_') && path.includes('/tree/'))
    .flatMap((path): [string, bigint][] => {
      const stats = lstatSync(join(slots, path), { bigint: true, throwIfNoEntry: false })
      return stats === undefined || stats.isDirectory() ? [] : [[path, stats.ino]]
    })
  return new Map(found)
}
