import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/open.ts'
import { openEngine } from '../../src/engine/open.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession, letterTest } from '../support/letters.ts'
import {
  allEvents,
  eventWhere,
  type PlayedTasks,
  playedPlan,
  playedSession,
  refusalLines,
  testPath,
  writesSource,
} from '../support/played-tasks.ts'
import { whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()
const NO_BUDGET = { invocations: null, tokens: null, usd: null, timeMs: null }
const WRONG = [{ write: { 'src/a.js': "export const a = () => 'wrong'\n" } }]

describe('evidence, not claims', () => {
  it('comes from commands that run on the project’s own Node, and nothing inherited makes a broken suite pass', async () => {
    const sample = engineSample(letterFiles)
    const bin = join(sample.repo.directory, 'own node', 'bin')
    const npm = join(sample.repo.directory, 'node_modules', '.bin')
    fakeNode(bin, 'own')
    fakeNode(npm, 'npm')
    const env = {
      ...sample.env,
      PATH: `${npm}:${bin}:${sample.env['PATH'] ?? ''}`,
      npm_execpath: '/usr/lib/npm-cli.js',
      NODE_TEST_CONTEXT: 'child-v8',
      NODE_OPTIONS: '--test-name-pattern=nothing',
    }
    const asksForNode = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { a } from '../src/a.js'
test('AC-A returns a', () => {
  assert.equal(process.env.WHICH_NODE, 'own')
  assert.equal(a(), 'a')
})
`
    const tasks: PlayedTasks = {
      A: {
        red: [[{ write: { [testPath('A')]: asksForNode } }]],
        green: [[{ say: 'all tests pass' }], WRONG, writesSource('A')],
      },
    }
    // In a sandbox nothing of the temporary directory is seen, and there these nodes are.
    await using engine = await openEngine({ directory: sample.repo.root, env, flags: {}, sandbox: 'off' })
    await sample.ingest(engine, playedPlan(tasks, { suite: { env: { NODE_TEST_CONTEXT: 'child-v8' } } }))
    const report = await sample.run(engine, playedSession(tasks))
    expect(refusalLines(report)).toEqual(['A green no_change', 'A green tests_failed'])
    expect(report).toMatchObject({ state: 'completed' })
  })
})

describe('nothing is lost', () => {
  it.each(['before', 'after'] as const)(
    'when the engine dies with an intent and without a receipt, %s git moved the target',
    async (moment) => {
      const sample = engineSample(letterFiles)
      let merge = ''
      {
        await using engine = await sample.open()
        const run = await landingHeldBack(sample, engine)
        sample.repo.git('checkout', '-q', 'main')
        merge = await leaveIntent(sample, engine, { run, moved: moment === 'after' })
      }
      await using engine = await sample.open()
      const report = await sample.run(engine, letterSession(['A']))
      expect(report).toMatchObject({ state: 'completed', tasks: { completed: 1 }, attempts: 3 })
      expect(report.landed).toHaveLength(1)
      expect(report.landed[0]?.merge === merge).toBe(moment === 'after')
      expect(sample.repo.git('rev-list', '--first-parent', '--count', 'main..work')).toBe('1')
      expect(sample.repo.git('rev-parse', 'work')).toBe(report.landed[0]?.merge)
      expect(await engine.world.git.readNote(report.head ?? '')).not.toBeNull()
      expect(await engine.world.store.openIntents(report.run)).toEqual([])
    },
  )

  it('to a predecessor that wakes up: git refuses its landing, and it lands once after all', async () => {
    const sample = engineSample(letterFiles)
    {
      await using engine = await sample.open()
      await sample.ingest(engine, letterPlan(['A']))
      const moving = eventWhere(engine, ({ kind }) => kind === 'task_landing').then(() => takeFence(sample))
      const stale = await sample.run(engine, letterSession(['A']))
      await moving
      expect(stale).toMatchObject({ state: 'paused', pausedBy: 'target', refusals: [] })
      expect(sample.repo.git('rev-list', '--count', 'main..tdd/letters')).toBe('0')
    }
    await using engine = await sample.open()
    const report = await sample.run(engine, letterSession(['A']), { which: 'resume' })
    expect(report).toMatchObject({ state: 'completed', attempts: 3 })
    expect(sample.repo.git('rev-list', '--first-parent', '--count', 'main..tdd/letters')).toBe('1')
  })

  it('when a person cleans the checkout in the middle of a run', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const cleaning = eventWhere(engine, ({ kind }) => kind === 'attempt_accepted').then(() => {
      sample.repo.git('clean', '-fdxq')
      sample.repo.git('gc', '-q', '--prune=now')
    })
    expect(await sample.run(engine, letterSession(['A', 'B']))).toMatchObject({
      state: 'completed',
      refusals: [],
    })
    await cleaning
    sample.repo.git('fsck', '--no-progress', '--connectivity-only')
  })
})

describe('done means landed', () => {
  it('no task is completed before the target contains its merge', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
    const looked = ['A', 'B'].map(async (key) => {
      const { data } = await eventWhere(engine, ({ kind, task }) => kind === 'task_completed' && task === key)
      sample.repo.git('merge-base', '--is-ancestor', String(data['merge']), 'tdd/letters')
      return sample.repo.git('show', `tdd/letters:${testPath(key)}`) === letterTest(key).trimEnd()
    })
    await sample.run(engine, letterSession(['A', 'B']))
    expect(await Promise.all(looked)).toEqual([true, true])
  })
})

describe('failure is contained and classified, and the event log is the one truth', () => {
  it('what a provider, a crash, a limit or a missing session cost is told apart, and tells the same to every reader', async () => {
    const tasks: PlayedTasks = {
      LIMITED: { green: [[{ fail: 'rate_limit', resetMs: 1 }], writesSource('LIMITED')] },
      CRASHES: {
        red: [[{ fail: 'crash' }], [{ write: { [testPath('CRASHES')]: letterTest('CRASHES') } }]],
      },
      GIVES: { red: [[{ fail: 'max_turns' }]] },
      LAST: { task: { dependsOn: ['CRASHES'] } },
    }
    const sample = engineSample(letterFiles)
    await using engine = await sample.open({ 'run.onLimit': 'wait' })
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    const outcomes = (await allEvents(engine))
      .filter(({ kind }) => /^attempt_(lost|gave_up)$/.test(kind))
      .map(({ kind, task, data }) => `${task} ${kind.slice(8)} ${String(data['cause'])}`)
    expect(outcomes.sort()).toEqual([
      'CRASHES gave_up crash',
      'GIVES gave_up max_turns',
      'GIVES lost exhausted',
      'LIMITED lost provider_limit',
    ])
    expect(report).toMatchObject({
      state: 'incomplete',
      tasks: { completed: 3, needs_human: 1 },
      refusals: [],
    })
    expect(await statesFromLog(engine)).toEqual(await statesFromStore(engine, report.run))
  })
})

describe('spending is bounded before it happens', () => {
  it('workers that start together never start more than the budget admits', async () => {
    const keys = ['A', 'B', 'C', 'D']
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(keys))
    const budget = { ...NO_BUDGET, invocations: 3 }
    const report = await sample.run(engine, letterSession(keys), { workers: 4, budget })
    expect(report).toMatchObject({ state: 'paused', pausedBy: 'budget', spend: { invocations: 3 } })
    const started = (await allEvents(engine)).filter(
      ({ kind, data }) => kind === 'attempt_started' && data['agent'] !== null,
    )
    expect(started).toHaveLength(3)
  })
})

describe('agents are untrusted', () => {
  it.skipIf(noSandbox !== null)(
    'in a sandbox they see neither the store nor the repository of the person nor other slots',
    async () => {
      const sample = engineSample(letterFiles)
      const places = `${sample.stateHome} ${sample.repo.root} ${sample.repo.home}`
      const look = `find ${places} -name '*.db*' -o -name .gitconfig -o -name in-use-by -o -name agent_2`
      const looks = { run: ['sh', '-c', `{ ${look}; env; } > src/seen.txt 2> /dev/null; exit 0`] }
      const tasks: PlayedTasks = { A: { green: [[...writesSource('A'), looks]] }, B: {} }
      const env = { ...sample.env, ANTHROPIC_API_KEY: 'a secret of the person' }
      await using engine = await openEngine({ directory: sample.repo.root, env, flags: {} })
      await sample.ingest(engine, playedPlan(tasks))
      const report = await sample.run(engine, playedSession(tasks), { workers: 2 })
      expect(report).toMatchObject({ state: 'completed', contained: true })
      const seen = sample.repo.git('show', `${report.target}:src/seen.txt`).split('\n')
      expect(seen.filter((line) => line.startsWith('/'))).toEqual([])
      expect(seen).toContainEqual(expect.stringMatching(/^TDD_TASK=A$/))
      expect(seen.join('\n')).not.toContain('a secret of the person')
    },
  )
})

/** Works A until it waits for its landing, which a checkout of the target holds back. */
async function landingHeldBack(sample: EngineSample, engine: Engine): Promise<string> {
  await sample.ingest(engine, letterPlan(['A']))
  sample.repo.git('branch', 'work')
  const held = eventWhere(engine, ({ kind }) => kind === 'task_landing').then(() =>
    sample.repo.git('checkout', '-q', 'work'),
  )
  const report = await sample.run(engine, letterSession(['A']), { target: 'work' })
  await held
  expect(report).toMatchObject({ state: 'paused', pausedBy: 'target' })
  return report.run
}

/** What an engine leaves that dies between its intent and its receipt. */
async function leaveIntent(
  sample: EngineSample,
  engine: Engine,
  dying: { readonly run: string; readonly moved: boolean },
): Promise<string> {
  const { run } = dying
  const { git, store, clock } = engine.world
  const { attempts } = await store.history(run, 'A')
  const outcome = attempts.at(-1)?.outcome
  if (outcome?.kind !== 'accepted' || outcome.work.green === null) throw new Error('A was not verified')
  const { red, green, evidence } = outcome.work
  const [expected, { tree }] = [sample.repo.git('rev-parse', 'work'), await git.readCommit(green)]
  const person = { name: 'Ada Example', email: 'ada@example.com' }
  const merge = await git.commit({
    tree,
    parents: [expected, green],
    message: `A\n\nTDD-Task: A\nTDD-Red: ${red}\nTDD-Green: ${green}\n`,
    author: person,
    committer: person,
    at: clock.now(),
  })
  const token = (await store.takeLandingLease('work', run, 60_000, clock.now())) ?? 0
  const intent = {
    run,
    task: 'A',
    target: 'work',
    token,
    expected,
    merge,
    red,
    green,
    evidence,
    evidenceText: '{}',
  }
  expect(await store.recordIntent(intent, 1, clock.now())).toBe(true)
  await git.takeFence('work', `${run} ${token}`)
  if (dying.moved) {
    const landing = { target: 'work', expected, commit: merge, fence: `${run} ${token}`, branches: [] }
    expect(await git.land(landing)).toEqual({ kind: 'landed' })
  }
  return merge
}

/** As a successor does that thinks us dead. */
function takeFence({ repo }: EngineSample): void {
  writeFileSync(join(repo.directory, 'token'), 'another 99\n')
  const blob = repo.git('hash-object', '-w', join(repo.directory, 'token'))
  repo.git('update-ref', 'refs/tdd/fence/tdd/letters', blob)
}

function fakeNode(directory: string, name: string): void {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'node')
  writeFileSync(path, `#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin WHICH_NODE=${name} exec node "$@"\n`)
  chmodSync(path, 0o755)
}

/** States of tasks as a reader of the event log alone would know them. */
async function statesFromLog(engine: Engine): Promise<Record<string, string>> {
  const states: Record<string, string> = {}
  for (const { kind, task } of await allEvents(engine)) {
    const state = /^task_(completed|needs_human|failed|blocked|landing|available)$/.exec(kind)?.[1]
    if (task !== null && state !== undefined) states[task] = state
  }
  return states
}

async function statesFromStore(engine: Engine, run: string): Promise<Record<string, string>> {
  const tasks = await engine.world.store.tasks(run)
  return Object.fromEntries(tasks.map(({ definition, state }) => [definition.key, state.state]))
}
