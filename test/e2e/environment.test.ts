import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession, letterSource, letterTest } from '../support/letters.ts'

const BEGUN = 'teardown-has-begun'

describe('the environment of a slot', () => {
  it('has ports of its own, on which tests and agents can listen', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open({ 'run.ports': 7 })
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const session = letterSession(['A', 'B'])
    const listening = `import { createServer } from 'node:net'
const base = Number(process.env.TDD_PORT_BASE)
const servers = await Promise.all(Array.from({ length: 7 }, (_, at) => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(base + at, () => resolve(server))
})))
servers.forEach((server) => server.close())
`
    for (const key of ['A', 'B']) {
      const name = key.toLowerCase()
      const stages = session.tasks[key]
      stages?.red.splice(0, 1, [{ write: { [`test/${name}.test.js`]: `${listening}${letterTest(key)}` } }])
      const writing = `test "$TDD_PORT_BASE $TDD_PORT_COUNT" = "\${TDD_PORT_BASE:?} 7" && echo "$TDD_SLOT" | grep agent_ && echo "export const ${name} = () => '${name}'" > src/${name}.js`
      stages?.green.splice(0, 1, [{ run: ['sh', '-c', writing] }])
    }
    expect(await sample.run(engine, session, { workers: 2 })).toMatchObject({
      state: 'completed',
      refusals: [],
    })
  })

  it('has in the slots of agents what setup installs, once for each slot that nobody changed', async () => {
    const setup = `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules/letters', { recursive: true })
writeFileSync('node_modules/letters/made', String(process.hrtime.bigint()))
writeFileSync(process.env.HOME + '/made', 'in HOME')
`
    const sample = engineSample({ ...letterFiles, 'setup.mjs': setup })
    await using engine = await sample.open({ 'run.workers': 1 })
    const { project, ...rest } = letterPlan(['A', 'B', 'C']) as { project: { suites: object[] } }
    const suites = project.suites.map((suite) => ({ ...suite, setup: [['node', 'setup.mjs']] }))
    await sample.ingest(engine, { ...rest, project: { suites } })
    const session = letterSession(['A', 'B', 'C'])
    const write = (name: string, then = 'true'): object => ({
      run: [
        'sh',
        '-c',
        `echo "export const ${name} = () => '${name}' // $(cat "$HOME/made") $(cat node_modules/letters/made) $(ls node_modules)" > src/${name}.js; ${then}`,
      ],
    })
    const leaves = 'mkdir node_modules/left; echo x > "$HOME/left"'
    session.tasks['A']?.green.splice(0, 1, [write('a', leaves)])
    session.tasks['B']?.green.splice(0, 1, [write('b', 'echo spoilt > node_modules/letters/made')])
    session.tasks['C']?.green.splice(0, 1, [write('c')])
    const report = await sample.run(engine, session, { workers: 1 })
    expect(report).toMatchObject({ state: 'completed', refusals: [] })
    const seen = ['a', 'b', 'c'].map((name) =>
      sample.repo.git('show', `${report.target}:src/${name}.js`).replace(/^.*\/\/ /, ''),
    )
    expect(seen[0]).toMatch(/^in HOME \d+ letters$/)
    expect(seen[1]).toBe(seen[0])
    expect(seen[2]).toMatch(/^in HOME \d+ letters$/)
    expect(seen[2]).not.toBe(seen[0])
  })

  it('has the files of .worktreeinclude, which no agent can land, and no secret of them is kept', async () => {
    const sample = engineSample({
      ...letterFiles,
      '.gitignore': '.env*\nprivate/\n',
      '.worktreeinclude': '.env.test\nprivate/*.json\nnotes.txt\n',
    })
    sample.repo.write({
      '.env.test': `API_TOKEN=${SECRET}\n`,
      '.env.local': 'OTHER=1\n',
      'private/key.json': '{}\n',
      'notes.txt': 'untracked, and not ignored\n',
    })
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A']))
    const session = letterSession(['A'])
    const reading = `import { existsSync, readFileSync } from 'node:fs'
const held = readFileSync('.env.test', 'utf8')
console.log(held)
if (!held.includes('API_TOKEN=${SECRET.slice(0, 5)}') || !existsSync('private/key.json')) throw new Error('not there')
if (existsSync('.env.local') || existsSync('notes.txt')) throw new Error('too much: ' + held)
`
    const stages = session.tasks['A']
    stages?.red.splice(0, 1, [{ write: { 'test/a.test.js': `${reading}${letterTest('A')}` } }])
    const copies = { run: ['sh', '-c', "cat .env.test; sed 's/^/\\/\\/ /' .env.test > src/a.js"] }
    const spoils = { run: ['sh', '-c', 'cat .env.test; echo spoilt > .env.test; rm private/key.json'] }
    stages?.green.splice(0, 1, [copies], [{ write: { 'src/a.js': letterSource('A') } }, spoils])
    const report = await sample.run(engine, session)
    expect(report).toMatchObject({ state: 'completed', refusals: [{ code: 'secret_found' }] })
    const landed = sample.repo.git('ls-tree', '-r', '--name-only', report.target ?? '')
    expect(landed).not.toMatch(/env\.test|private/)
    const holding = (...args: string[]): string[] =>
      spawnSync('grep', ['-rlaF', SECRET, ...args, engine.stateDirectory], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line !== '')
    expect(holding('--exclude-dir=tree')).toEqual([])
    expect(holding().every((path) => path.endsWith('/tree/.env.test'))).toBe(true)
    expect(holding().length).toBeGreaterThan(0)
  })

  it('has the variables of the files that a suite names, for setup and tests, and agents have not', async () => {
    const setup = `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules/told', { recursive: true })
writeFileSync('node_modules/told/mode', process.env.MODE)
`
    const sample = engineSample({
      ...letterFiles,
      'setup.mjs': setup,
      '.gitignore': '.env*\n',
      '.tdd/config.toml': `[[suites]]
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
envFiles = [".env", ".env.test"]
env = { CHOSEN = "by people" }
`,
    })
    sample.repo.write({
      '.env': 'MODE=plain\nCHOSEN=by file\n',
      '.env.test': `MODE="for tests"\nDB_PASSWORD=${SECRET}\n`,
    })
    await using engine = await sample.open()
    const { project: _, ...rest } = letterPlan(['A'])
    await sample.ingest(engine, rest)
    const session = letterSession(['A'])
    const reading = `import { readFileSync } from 'node:fs'
const seen = [process.env.MODE, process.env.CHOSEN, readFileSync('node_modules/told/mode', 'utf8')].join()
if (seen !== 'for tests,by people,for tests' || process.env.DB_PASSWORD.length !== ${SECRET.length}) throw new Error(seen)
`
    session.tasks['A']?.red.splice(0, 1, [{ write: { 'test/a.test.js': `${reading}${letterTest('A')}` } }])
    session.tasks['A']?.green[0]?.push({ run: ['sh', '-c', 'test -z "$DB_PASSWORD" || rm -r src'] })
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', refusals: [] })
  })

  it('is torn down for no longer than a person waits for it', async () => {
    const sample = engineSample({
      ...letterFiles,
      '.tdd/config.toml': `[[suites]]
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
teardown = [["sh", "-c", "echo > ${BEGUN}; sleep 50"]]
`,
    })
    const warnings: string[] = []
    const stopping = new AbortController()
    await using engine = await sample.open({ 'run.workers': 1, 'verify.slots': 1 })
    const { project: _, ...rest } = letterPlan(['A'])
    await sample.ingest(engine, rest)
    const slots = join(engine.stateDirectory, 'slots')
    const looking = setInterval(() => {
      if (readdirSync(slots).some((slot) => existsSync(join(slots, slot, 'tree', BEGUN)))) stopping.abort()
    }, 50)
    const ended = await sample
      .run(engine, letterSession(['A']), {
        workers: 1,
        stopping: stopping.signal,
        warn: (line) => warnings.push(line),
      })
      .finally(() => clearInterval(looking))
    expect(ended).toMatchObject({ state: 'completed' })
    expect(warnings).toEqual([
      expect.stringContaining('was stopped') as string,
      expect.stringContaining('was stopped') as string,
    ])
  })

  it('is torn down in every slot when the run ends, and a teardown that fails is told and no more', async () => {
    const listening = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const told: string[] = []
    listening.on('connection', (socket) => socket.on('data', (data) => told.push(data.toString())))
    const tell = `require('node:net').connect(${(listening.address() as AddressInfo).port}, '127.0.0.1').end(process.env.TDD_SLOT)`
    const sample = engineSample({
      ...letterFiles,
      '.tdd/config.toml': `[[suites]]
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
teardown = [["node", "-e", ${JSON.stringify(tell)}], ["node", "-e", "process.exit(3)"]]
`,
    })
    const warnings: string[] = []
    {
      await using engine = await sample.open({ 'run.workers': 1, 'verify.slots': 1 })
      const { project: _, ...rest } = letterPlan(['A'])
      await sample.ingest(engine, rest)
      const session = letterSession(['A'])
      const warn = (line: string): unknown => warnings.push(line)
      expect(await sample.run(engine, session, { workers: 1, warn })).toMatchObject({ state: 'completed' })
    }
    listening.close()
    expect(told.sort()).toEqual(['agent_1', 'proof_1'])
    expect(warnings.sort()).toEqual(
      ['agent_1', 'proof_1'].map(
        (slot) =>
          expect.stringContaining(`in ${slot}: node -e process.exit(3) ended with exit code 3`) as string,
      ),
    )
  })

  it.each([
    ['.env.nowhere', 'is not in the checkout'],
    ['../outside', 'leads out of the repository'],
    ['src', 'is no file'],
    ['.env.binary', 'is no text'],
  ])('is refused with a file of variables %s, which %s', async (name, reason) => {
    const sample = engineSample({
      ...letterFiles,
      '.tdd/config.toml': `[[suites]]\nenvFiles = [${JSON.stringify(name)}]\nrunner = "node"\n`,
    })
    writeFileSync(join(sample.repo.directory, 'outside'), 'A=1\n')
    sample.repo.write({ '.env.binary': 'A=1\0\n' })
    await expect(sample.open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(reason) as string,
    })
  })
})

const SECRET = 'swordfish-of-the-tests'
