import { describe, expect, it } from 'vitest'
import { freshEvidence, openLaboratory, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { Meter } from '../../src/engine/meter.ts'
import type { Place } from '../../src/verify/verify.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession, letterTest } from '../support/letters.ts'
import { DRILL } from '../support/drill.ts'

/** Setup installs one module into node_modules and counts its runs outside the tree. */
const SETUP = `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules/letters', { recursive: true })
writeFileSync('node_modules/letters/package.json', '{ "name": "letters", "type": "module", "main": "index.js" }')
writeFileSync('node_modules/letters/index.js', 'export const a = "a"\\n')
`

const plan = (): unknown => {
  const base = letterPlan(['A', 'B']) as { project: { suites: object[] } }
  return {
    ...base,
    project: { suites: base.project.suites.map((suite) => ({ ...suite, setup: [['node', 'setup.mjs']] })) },
  }
}

describe('setup', () => {
  it('gives every slot what the tests need', async () => {
    const sample = engineSample({ ...letterFiles, 'setup.mjs': SETUP })
    await using engine = await sample.open()
    await sample.ingest(engine, plan())
    const session = letterSession(['A', 'B'])
    session.tasks['A']?.green.splice(0, 1, [
      { write: { 'src/a.js': "import { a as letter } from 'letters'\nexport const a = () => letter\n" } },
    ])
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', refusals: [] })
  })

  it('is done again when a run changed what it installed, so that no other verdict is touched', async () => {
    const sample = engineSample({ ...letterFiles, 'setup.mjs': SETUP })
    await using engine = await sample.open()
    await sample.ingest(engine, plan())
    const session = letterSession(['A', 'B'])
    const spoiling = `import { writeFileSync } from 'node:fs'\ntry { writeFileSync('node_modules/letters/index.js', 'export const a = "spoilt"') } catch (error) { if (error.code !== 'EROFS') throw error }\n`
    session.tasks['B']?.red.splice(0, 1, [{ write: { 'test/b.test.js': `${spoiling}${letterTest('B')}` } }])
    session.tasks['A']?.green.splice(0, 1, [
      { write: { 'src/a.js': "import { a as letter } from 'letters'\nexport const a = () => letter\n" } },
    ])
    expect(await sample.run(engine, session, { workers: 2 })).toMatchObject({ state: 'completed' })
  })

  it.runIf(DRILL)(
    'leaves tools their caches beside what it installed, empty for each run but for what it put there',
    async () => {
      const keeping = `mkdirSync('node_modules/.cache/mongo', { recursive: true })
writeFileSync('node_modules/.cache/mongo/binary', '')
`
      const sample = engineSample({ ...letterFiles, 'setup.mjs': `${SETUP}\n${keeping}` })
      await using engine = await sample.open()
      await sample.ingest(engine, plan())
      const caching = `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
readFileSync('node_modules/.cache/mongo/binary')
const cache = 'node_modules/.vite-temp/config.mjs'
if (existsSync(cache)) throw new Error('left over')
writeFileSync(cache, '')
`
      const session = letterSession(['A', 'B'])
      session.tasks['A']?.red.splice(0, 1, [{ write: { 'test/a.test.js': `${caching}${letterTest('A')}` } }])
      expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', refusals: [] })
    },
  )

  it.runIf(DRILL)(
    'leaves the type checker of vitest the file that it writes into its own installation',
    async () => {
      const installing = `mkdirSync('node_modules/vitest/dist/chunks', { recursive: true })
writeFileSync('node_modules/vitest/dist/cli.js', '')
`
      const sample = engineSample({ ...letterFiles, 'setup.mjs': `${SETUP}\n${installing}` })
      await using engine = await sample.open()
      await sample.ingest(engine, plan())
      const checking = `import { readFileSync, writeFileSync } from 'node:fs'
const known = 'node_modules/vitest/dist/chunks/tsconfig.tmp.tsbuildinfo'
if (readFileSync(known, 'utf8') !== '') throw new Error('left over')
writeFileSync(known, '{}')
`
      const session = letterSession(['A', 'B'])
      session.tasks['A']?.red.splice(0, 1, [{ write: { 'test/a.test.js': `${checking}${letterTest('A')}` } }])
      expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', refusals: [] })
    },
  )

  it('that fails later is the fault of the machine: it is tried again, and no agent is blamed', async () => {
    const failing = `import { readFileSync } from 'node:fs'
if (readFileSync('package.json', 'utf8').includes('2.0.0')) process.exit(3)
`
    const sample = engineSample({ ...letterFiles, 'setup.mjs': failing })
    await using engine = await sample.open()
    const { tasks, ...rest } = plan() as { tasks: { key: string }[] }
    const allowed = tasks.map((task) => (task.key === 'A' ? { ...task, allow: ['package.json'] } : task))
    await sample.ingest(engine, { ...rest, tasks: allowed, limits: { infrastructure: 1 } })
    const session = letterSession(['A', 'B'])
    const manifest = '{ "name": "sample", "type": "module", "version": "2.0.0" }\n'
    session.tasks['A']?.red[0]?.push({ write: { 'package.json': manifest } })
    const report = await sample.run(engine, session)
    expect(report).toMatchObject({ tasks: { needs_human: 1, completed: 1 }, refusals: [] })
    const task = await engine.world.store.task(report.run, 'A')
    expect(task?.state).toMatchObject({ reason: expect.stringContaining('setup_failed') as string })
  })
})

/** Prints what it is given, where tests can read it. */
const TELLING = `import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
const home = existsSync(process.env.HOME + '/.npmrc') ? 'in a home that was written to' : 'in a clean home'
writeFileSync(process.env.HOME + '/installed', '')
mkdirSync('node_modules/told', { recursive: true })
writeFileSync('node_modules/told/secret', 'AUTHOR ' + process.env.REGISTRY_TOKEN + ' ' + home)
`
const TOKEN = 'swordfish-of-the-registry'

/** An engine whose suite has a secret for its setup, and a way to read what setup was told in a tree. */
async function withSecret(script: string) {
  const sample = engineSample({
    ...letterFiles,
    'setup.mjs': script.replace('AUTHOR', 'people'),
    '.tdd/config.toml': `[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
setupSecrets = ["REGISTRY_TOKEN"]
`,
  })
  Object.assign(sample.env, { REGISTRY_TOKEN: TOKEN })
  const engine = await sample.open()
  const { world, suites } = engine
  const [suite] = suites
  if (suite === undefined || world.setupTrust.tree === null)
    throw new Error('the sample has a suite and a commit')
  const people = world.setupTrust.tree
  const laboratory = openLaboratory(world, {
    meter: new Meter(world.clock),
    rank: VERIFICATION_RANK.stage,
    signal: new AbortController().signal,
    memory: freshEvidence(),
  })
  const limits = { wallMs: 20_000, outputBytes: 10_000 }
  const read = (place: Place, cwd = '.'): Promise<string> =>
    place
      .run({ argv: ['cat', 'setup.mjs', 'node_modules/told/secret'], cwd, env: {}, ...limits })
      .then(({ stdout }) => stdout)
  return {
    engine,
    people,
    told: (tree: string, inner: (place: Place) => Promise<string> = (place) => read(place), cwd = '.') =>
      laboratory.within({ suite: { ...suite, cwd }, tree }, inner),
    read,
    changed: (changes: Record<string, string>) =>
      laboratory.compose(people, new Map(Object.entries(changes))),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

describe('setup with secrets', () => {
  it('runs the scripts of people, and then shows the tree that was asked for', async () => {
    await using sample = await withSecret(TELLING)
    const theirs = await sample.changed({ 'setup.mjs': TELLING.replace('AUTHOR', 'agent') })
    const told = await sample.told(theirs)
    expect(told).toContain("'agent '")
    expect(told).toContain(`people ${TOKEN}`)
  })

  it('never runs the script of an agent with them, also when another tree is filled in', async () => {
    await using sample = await withSecret(TELLING)
    const theirs = await sample.changed({ 'setup.mjs': TELLING.replace('AUTHOR', 'agent') })
    const told = await sample.told(sample.people, async (place) => {
      const limits = { wallMs: 20_000, outputBytes: 10_000 }
      await place.run({
        argv: ['sh', '-c', 'echo poison | tee "$HOME/.npmrc" > "$HOME/installed"'],
        cwd: '.',
        env: {},
        ...limits,
      })
      await place.fill(theirs)
      return await sample.read(place)
    })
    expect(told).toContain("'agent '")
    expect(told).toContain(`people ${TOKEN} in a clean home`)
  })

  it('gives none to a tree whose manifests differ, and keeps apart what was installed for it', async () => {
    await using sample = await withSecret(TELLING)
    const theirs = await sample.changed({
      'setup.mjs': TELLING.replace('AUTHOR', 'agent'),
      'package.json': '{ "name": "sample", "type": "module", "version": "2.0.0" }\n',
    })
    expect(await sample.told(theirs)).toContain('agent undefined')
    expect(await sample.told(sample.people)).toContain(`people ${TOKEN}`)
  })

  it('that fails without them says which were withheld, and because of which files', async () => {
    await using sample = await withSecret('process.exit(process.env.REGISTRY_TOKEN === undefined ? 3 : 0)\n')
    const theirs = await sample.changed({
      'package.json': '{ "name": "sample", "type": "module", "version": "2.0.0" }\n',
      'lib/package-lock.json': '{}\n',
    })
    await expect(sample.told(theirs)).rejects.toMatchObject({
      code: 'setup_failed',
      message: expect.stringMatching(
        /code 3[^]*\nIts secret REGISTRY_TOKEN was withheld, because the change touches lib\/package-lock\.json, package\.json/,
      ),
      hint: expect.stringContaining('have them at HEAD'),
    })
  })

  it('gives none in a directory that people do not have yet', async () => {
    await using sample = await withSecret(TELLING)
    const cwd = 'packages/new'
    const theirs = await sample.changed({ [`${cwd}/setup.mjs`]: TELLING.replace('AUTHOR', 'agent') })
    const told = await sample.told(theirs, (place) => sample.read(place, cwd), cwd)
    expect(told).toContain('agent undefined')
  })

  it('that fails tells no secret', async () => {
    await using sample = await withSecret(
      "process.stdout.write('token ' + process.env.REGISTRY_TOKEN + '\\n', () => process.exit(3))\n",
    )
    const failure = await sample.told(sample.people).catch((thrown: unknown) => String(thrown))
    expect(failure).toContain('token [redacted]')
    expect(failure).not.toContain(TOKEN)
  })
})
