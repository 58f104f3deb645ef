import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshEvidence, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { type Engine, openEngine } from '../../src/engine/open.ts'
import { requireRunnable } from '../../src/engine/require-runnable.ts'
import { verifierFor } from '../../src/engine/verifier-for.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { isAlive, processIdentity } from '../../src/runtime/process-identity.ts'
import { testPlace } from '../support/contained.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import { whyNoSandbox } from '../support/sandbox.ts'

const OWNER = new URL('../support/store-owner.ts', import.meta.url).pathname
const noSandbox = await whyNoSandbox()

describe('an engine', () => {
  it('limits memory and processes of commands unless configured otherwise', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    expect(engine.world.settings.memoryBytes).toBeGreaterThanOrEqual(1024 ** 3)
    expect(engine.world.settings.processes).toBe(1024)
  })

  it('is refused beside a live one, which goes on with what it is making', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const parts = ['git-temp', 'agent-packs'].map((name) => join(engine.stateDirectory, name))
    const packing = join(engine.stateDirectory, 'agent-packs', 'some.new')
    mkdirSync(packing)
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3_600_000)
    const lying = (): string[] => parts.flatMap((part) => readdirSync(part).map((name) => join(part, name)))
    const before = lying()
    for (const path of before) utimesSync(path, twoDaysAgo, twoDaysAgo)
    await expect(sample.open()).rejects.toMatchObject({ code: 'store_owned' })
    expect(before).toContain(packing)
    expect(lying()).toEqual(before)
  })
})

describe('a run that cannot begin', () => {
  it('leaves a stopped process alone that owns the store', async () => {
    const sample = engineSample(letterFiles)
    const db = join(sample.stateHome, 'elsewhere.db')
    const child = spawn(process.execPath, [OWNER, db, '100'], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    await systemClock.sleep(150)
    const wanted = { name: null, sessionFile: null, withoutSleep: false, target: null, mayResume: true }
    const open = (name: string | null) =>
      openEngine({
        directory: sample.repo.root,
        env: sample.env,
        flags: { 'state.db': db },
        require: (unopened) => requireRunnable(unopened, { ...wanted, name, target: name }),
      })
    await expect(open(null)).rejects.toMatchObject({ code: 'agent_missing' })
    await expect(open('main')).rejects.toMatchObject({ code: 'agent_unknown' })
    expect(isAlive({ ...processIdentity(), pid: child.pid ?? 0, processStart: '' })).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
})

describe.skipIf(noSandbox !== null)('a test file of the project', () => {
  it('reads neither a store that lies elsewhere nor another work tree of the repository', async () => {
    using place = testPlace('outside')
    const [db, linked, plain] = ['tdd.db', 'linked', 'plain'].map((name) => join(place.path, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(plain, 'seen')
    const paths = [plain, db, `${db}-wal`, join(linked, 'package.json'), join(linked, '.git')]
    const sample = engineSample({
      ...letterFiles,
      'test/prying.test.js': `import { test } from 'node:test'
import { readFileSync } from 'node:fs'
for (const path of ${JSON.stringify(paths)}) test(path, () => { if (readFileSync(path).length === 0) throw new Error('empty') })
`,
    })
    sample.repo.git('worktree', 'add', '-q', '-b', 'other', linked)
    const { root } = sample.repo
    await using engine = await openEngine({ directory: root, env: sample.env, flags: { 'state.db': db } })
    const readable = await passedTests(engine)
    expect(readable.filter((name) => paths.includes(name))).toEqual([plain])
  })
})

async function passedTests({ world, suites }: Engine): Promise<string[]> {
  const [suite] = suites
  const { tree } = world.setupTrust
  if (suite === undefined || tree === null) throw new Error('the sample has a suite and a commit')
  const verifier = verifierFor(world, {
    rank: VERIFICATION_RANK.stage,
    signal: new AbortController().signal,
    memory: freshEvidence(),
  })
  const { report } = await verifier.baseline(suite, tree)
  return report.tests.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name)
}
