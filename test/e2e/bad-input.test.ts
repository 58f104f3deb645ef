import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import {
  cliSample,
  type CliSample,
  expectError,
  NODE_PROJECT,
  numberSource,
  numberTask,
  numberTest,
  storeOf,
} from '../support/cli-sample.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { DRILL, inDrills } from '../support/drill.ts'

type Task = Readonly<Record<string, unknown>>

function planOf(...tasks: readonly Task[]): Readonly<Record<string, unknown>> {
  return { version: 1, title: 'Plan', tasks }
}

function one(over: Task): Readonly<Record<string, unknown>> {
  return planOf(numberTask('double', over))
}

/** The call is refused with this error, and changes nothing in the repository. */
async function expectRefusal(
  sample: CliSample,
  args: readonly string[],
  expected: { readonly code: string; readonly says: RegExp },
): Promise<void> {
  const before = sample.picture()
  expectError(await sample.json(args), expected)
  expect(sample.picture()).toEqual(before)
}

async function expectNoPlan(sample: CliSample): Promise<void> {
  expect((await sample.json(['status'])).document).toMatchObject({ run: null, tasks: { total: 0 } })
}

describe('a plan that cannot be worked', () => {
  const sample = cliSample(tempRepo(NODE_PROJECT, { kept: true }))
  afterAll(() => sample.repo.remove())

  it.each<[string, unknown, RegExp]>([
    ['that is neither JSON nor YAML', '{ "version": 1, ]', /plan\.json/],
    ['with an unknown key', one({ depends: [] }), /dependsOn/],
    ['with a slash in a key', one({ key: 'a/b' }), /key/],
    ['with two dots in a key', one({ key: 'a..b' }), /key/],
    ['with a key that looks like a flag', one({ key: '-x' }), /key/],
    [
      'with a cycle',
      planOf(
        numberTask('a', { dependsOn: ['B-1'] }),
        numberTask('b', { dependsOn: ['C-1'] }),
        numberTask('c', { dependsOn: ['A-1'] }),
      ),
      /A-1.*B-1.*C-1.*A-1/,
    ],
    ['with an absolute path', one({ sources: ['/etc/passwd'] }), /\/etc\/passwd/],
    ['with a path outside the repository', one({ sources: ['../outside.js'] }), /outside/],
    ['of a suite that does not exist', one({ suite: 'other' }), /other/],
    ...inDrills<[string, unknown, RegExp]>([
      ['of another version', { ...one({}), version: 2 }, /version/],
      ['with a key twice', planOf(numberTask('double'), numberTask('double')), /DOUBLE-1/],
      ['with an empty key', one({ key: '' }), /key/],
      ['with a control character in a key', one({ key: 'a\u0007b' }), /key/],
      ['with a key of 300 characters', one({ key: 'K'.repeat(300) }), /key/],
      ['with a dependency that does not exist', one({ dependsOn: ['MISSING-1'] }), /MISSING-1/],
      ['with one file as test and source', one({ sources: ['test/double.test.js'] }), /test\/double/],
      ['with an empty list of tests', one({ tests: [] }), /tests/],
      ['without tasks', planOf(), /tasks/],
      ['that is empty', '', /plan\.json/],
    ]),
  ])('%s is refused', async (_, plan, says) => {
    await expectRefusal(sample, ['ingest', sample.beside('plan.json', plan)], { code: 'plan_invalid', says })
  })

  it('that is not there, or is a directory, is refused', async () => {
    const missing = join(sample.repo.directory, 'no-such-plan.json')
    await expectRefusal(sample, ['ingest', missing], { code: 'plan_unreadable', says: /no-such-plan/ })
    await expectRefusal(sample, ['ingest', sample.repo.home], { code: 'plan_unreadable', says: /home/ })
  })

  it('with commands that nobody confirmed is refused, and shows them', async () => {
    const file = sample.beside('plan.json', one({ verify: [['curl', 'https://example.com']] }))
    await expectRefusal(sample, ['ingest', file], { code: 'commands_unconfirmed', says: /"curl"/ })
  })

  it('with a path through a symbolic link is refused', async () => {
    const linked = cliSample()
    mkdirSync(join(linked.repo.directory, 'elsewhere'))
    symlinkSync(join(linked.repo.directory, 'elsewhere'), join(linked.repo.root, 'link'))
    const file = linked.beside('plan.json', one({ sources: ['link/double.js'] }))
    await expectRefusal(linked, ['ingest', file], { code: 'plan_invalid', says: /link/ })
    await expectNoPlan(linked)
  })

  it('leaves nothing in the store, whatever was wrong with it', async () => {
    await expectNoPlan(sample)
  })
})

describe('a plan of 100,000 tasks', () => {
  it.runIf(DRILL)('is taken', async () => {
    const sample = cliSample()
    const tasks = Array.from({ length: 100_000 }, (_, index) => ({
      key: `T-${index}`,
      title: `Task ${index}`,
      tests: [`test/t${index}.test.js`],
      sources: [`src/t${index}.js`],
      dependsOn: index === 0 ? [] : [`T-${Math.floor((index - 1) / 4)}`],
    }))
    const ingested = await sample.json(['ingest', sample.beside('plan.json', planOf(...tasks))])
    expect(ingested, ingested.stderr).toMatchObject({ code: 0, document: { tasks: 100_000 } })
    expect((await sample.json(['status'])).document).toMatchObject({ tasks: { total: 100_000 } })
  })
})

describe('a repository that cannot be worked in', () => {
  it('is refused where there is none, by every command', async () => {
    const sample = cliSample()
    const cwd = sample.repo.home
    const calls = [
      ['status'],
      ['ingest', 'x.json'],
      ['run'],
      ['prove'],
      ['check', 'a..b'],
      ['init'],
      ['clean'],
    ]
    for (const args of calls) {
      const file = args[0] === 'ingest' ? ['ingest', sample.beside('plan.json', one({}))] : args
      const end = await sample.json(file, { cwd })
      expectError(end, { code: 'repository_missing', says: /git init/ })
    }
  })

  it('is refused when it is bare, without commits, or on a branch that is not born', async () => {
    const sample = cliSample()
    const plan = sample.beside('plan.json', one({}))
    const [bare, empty] = ['bare.git', 'empty'].map((name) => join(sample.repo.directory, name)) as [
      string,
      string,
    ]
    sample.repo.git('clone', '--quiet', '--bare', sample.repo.root, bare)
    sample.repo.git('init', '--quiet', empty)
    for (const cwd of [bare, empty]) {
      expectError(await sample.json(['ingest', plan], { cwd }), { code: 'repository_unsupported' })
    }
    sample.repo.git('checkout', '--quiet', '--orphan', 'unborn')
    expectError(await sample.json(['ingest', plan]), { code: 'repository_unsupported', says: /commit/ })
  })

  it('is refused when the target is checked out, with the way out', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', one({}))])
    const session = sample.beside('s.session.json', { version: 1, tasks: {} })
    const before = sample.repo.git('for-each-ref')
    const args = ['run', '--agent', 'scripted', '--session', session, '--target', 'main']
    const flagged = await sample.json(args)
    expectError(flagged, { code: 'target_checked_out', says: /Leave out --target .*switch --detach/ })
    expect(flagged.stderr, 'no run is told of before').not.toMatch(/^Run /m)
    const configured = await sample.json(args.slice(0, -2), { env: { ...sample.env, TDD_TARGET: 'main' } })
    expectError(configured, {
      code: 'target_checked_out',
      says: /landed\. Switch away first: git -C \S+ switch/,
    })
    expectError(await sample.json([...args.slice(0, -1), 'a..b']), { code: 'usage', says: /branch name/ })
    const full = await sample.json([...args.slice(0, -1), 'refs/heads/main'])
    expectError(full, { code: 'usage', says: /name the branch alone: main;?$/m })
    expect(sample.repo.git('for-each-ref')).toBe(before)
    expect((await sample.json(['status'])).document).toMatchObject({ run: { state: 'planned' } })
  })
})

const SESSION = {
  version: 1,
  tasks: { 'DOUBLE-1': { red: [[numberTest('double')]], green: [[numberSource('double')]] } },
}

/** Everything of a person's but what landing adds: objects, and refs of the target and of ours. */
function isTheirs(file: string): boolean {
  return !/^\.git\/(objects|refs|logs|packed-refs)/.test(file)
}

describe('a repository that is unusual', () => {
  /** Works one task there and answers what the run reported. */
  async function worked(sample: CliSample, cwd = sample.repo.root) {
    const ingested = await sample.json(['ingest', sample.beside('plan.json', one({}))], { cwd })
    expect(ingested, ingested.stderr).toMatchObject({ code: 0 })
    const session = sample.beside('s.session.json', SESSION)
    const run = await sample.json(['run', '--agent', 'scripted', '--session', session], { cwd })
    expect(run, run.stderr).toMatchObject({ code: 0, document: { state: 'completed' } })
    return run
  }

  it('is worked in when it is shallow, detached, dirty, without a user name, and has odd names, submodules, LFS pointers, hooks, filters and an index.lock', async () => {
    const origin = tempRepo(NODE_PROJECT)
    origin.commit({
      'odd \n name/ü file.txt': 'x\n',
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt filter=touchy\n',
      'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    })
    origin.git('update-index', '--add', '--cacheinfo', `160000,${origin.git('rev-parse', 'HEAD')},vendor/sub`)
    origin.git('commit', '--quiet', '-m', 'Add a submodule')
    const repo = tempRepo({}, { anonymous: true })
    repo.git('fetch', '--quiet', '--depth=1', `file://${origin.root}`, 'main')
    repo.git('checkout', '--quiet', '--detach', 'FETCH_HEAD')
    const trap = join(repo.directory, 'trap')
    const script = `#!/bin/sh\ntouch ${trap}\ncat\n`
    for (const hook of [
      'post-checkout',
      'reference-transaction',
      'pre-commit',
      'post-commit',
      'post-merge',
    ]) {
      mkdirSync(join(repo.root, '.git', 'hooks'), { recursive: true })
      writeFileSync(join(repo.root, '.git', 'hooks', hook), script)
      chmodSync(join(repo.root, '.git', 'hooks', hook), 0o755)
    }
    const filter = join(repo.directory, 'filter')
    writeFileSync(filter, script)
    chmodSync(filter, 0o755)
    for (const key of ['filter.touchy.clean', 'filter.touchy.smudge', 'core.fsmonitor', 'diff.external']) {
      repo.git('config', key, filter)
    }
    repo.write({ 'dirty.txt': 'not committed\n', 'src/add.js': 'not committed either\n' })
    writeFileSync(join(repo.root, '.git', 'index.lock'), '')
    const sample = cliSample(repo)
    const before = sample.picture().filter(isTheirs)
    const head = repo.git('rev-parse', 'HEAD')
    const run = await worked(sample)
    expect(run.document).toMatchObject({ base: head, target: 'tdd/plan' })
    const show = await sample.cli(['task', 'diff', 'DOUBLE-1'])
    expect(show, show.stderr).toMatchObject({ code: 0 })
    expect(sample.picture().filter(isTheirs)).toEqual(before)
    expect(existsSync(trap), 'no hook, filter or monitor was executed').toBe(false)
  })

  it('has the configuration of the work tree where the command is typed', async () => {
    const sample = cliSample()
    const linked = join(sample.repo.directory, 'linked')
    sample.repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    const [theirs, own] = [sample.repo.root, linked].map((tree) => join(tree, '.tdd', 'config.toml'))
    sample.repo.write({ '.tdd/config.toml': '[run]\nworkers = 3\n' })
    expect((await sample.json(['init'], { cwd: linked })).document).toMatchObject({ file: own })
    writeFileSync(own ?? '', '[run]\nworkers = 7\n')
    expectError(await sample.json(['init'], { cwd: linked }), { code: 'usage', says: new RegExp(linked) })
    const values = [expect.objectContaining({ path: 'run.workers', value: 7 })]
    const { document } = await sample.json(['config'], { cwd: linked })
    expect(document).toMatchObject({ file: own, values: expect.arrayContaining(values) as unknown })
    expect(readFileSync(theirs ?? '', 'utf8')).toContain('workers = 3')
  })

  it.runIf(DRILL)('is worked in from a linked work tree, with the state of the main one', async () => {
    const sample = cliSample()
    const linked = join(sample.repo.directory, 'linked')
    sample.repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    await worked(sample, linked)
    expect((await sample.json(['status'])).document).toMatchObject({ run: { state: 'completed' } })
  })
})

describe('a configuration that cannot be used', () => {
  it.each<[string, string, string, RegExp]>([
    ['an unknown key', '[run]\nworker = 3\n', 'config_invalid', /workers/],
    ['a wrong type', '[run]\nworkers = "many"\n', 'config_invalid', /workers/],
    ['a value out of range', '[run]\nworkers = 0\n', 'config_invalid', /workers/],
    ['what is not TOML', '[run\n', 'config_invalid', /config\.toml/],
    ['what is not text', '\u0000\u00ff', 'config_invalid', /config\.toml/],
  ])('is refused with %s', async (_, text, code, says) => {
    const sample = cliSample()
    sample.repo.write({ '.tdd/config.toml': text })
    for (const args of [['run'], ['config']]) expectError(await sample.json(args), { code, says })
  })

  it('is refused by every command', async () => {
    const sample = cliSample()
    sample.repo.write({ '.tdd/config.toml': '[run\n' })
    const plan = sample.beside('plan.json', one({}))
    for (const args of [['ingest', plan], ['prove'], ['check', 'HEAD'], ['init', '--force']]) {
      expectError(await sample.json(args), { code: 'config_invalid', says: /config\.toml/ })
    }
  })

  it('is refused when the file cannot be read', async () => {
    const sample = cliSample()
    mkdirSync(join(sample.repo.root, '.tdd', 'config.toml'), { recursive: true })
    expectError(await sample.json(['run']), { code: 'config_unreadable', says: /config\.toml/ })
  })

  it.each([
    ['TDD_MAX_WORKERS', '0'],
    ['TDD_MAX_WORKERS', 'three'],
    ['TDD_MAX_INVOCATIONS', '-1'],
  ])('is refused when %s is %s', async (name, value) => {
    const sample = cliSample()
    const end = await sample.json(['run'], { env: { ...sample.env, [name]: value } })
    expectError(end, { code: 'config_invalid', says: new RegExp(name) })
  })

  it.each<[string[], string?]>([
    [['run', '-w', '-1'], '--workers'],
    [['run', '--max-usd', 'free']],
    [['run', '--circuit', 'stage.maxFailurs=3'], 'circuits.stage.maxFailures'],
    [['run', '--circuit', 'stage.waitMs=4000000'], 'longest wait'],
    [['run', '--resume', '--new']],
    [['run', '--agent', 'nobody']],
    [['backtest', '.', '--from', 'nope'], 'nope'],
    [['task', 'log', 'A', '--attempt', '0'], '--attempt'],
    [['help', 'bogus'], 'bogus'],
    [['check']],
    ...inDrills<[string[], string?]>([
      [['run', '--workers', '0'], '--workers'],
      [['run', '--workers', 'x'], '--workers'],
      [['run', '--workers', '100000']],
      [['run', '--circuit', 'stage.maxFailures=none'], '--circuit'],
      [['run', '--circuit', 'stage.waitMs=90000000'], 'circuits.stage.waitMs'],
      [['run', '--max-time', '5 minutes']],
      [['run', '--branches', '--single-branch']],
      [['run', '--max-tokens', '0'], '--max-tokens'],
      [['backtest', '.', '--limit', '0'], '--limit'],
      [['demo', '-w', 'abc'], '--workers'],
      [['quarantine', 'clear', 'f', 'n', '--all'], 'both'],
      [['run', 'extra']],
      [['events', '--after', '-1']],
    ]),
  ])('is refused as bad usage: %j', async (args, says = '') => {
    const end = await cliSample().json(args)
    expect(end.code, end.stderr).toBe(2)
    expect(end.document['error']).toMatchObject({
      message: expect.stringContaining(says) as string,
      hint: expect.stringMatching(/\S/) as string,
    })
  })
})

it('is refused in a working directory that was removed', async () => {
  const sample = cliSample()
  const gone = join(sample.repo.directory, 'gone')
  mkdirSync(gone)
  const within = ['sh', '-c', 'rmdir "$PWD" && exec "$@"', 'sh']
  const { code, stdout, stderr } = await sample.cli(['status', '--json'], { cwd: gone, within })
  const says = /was removed[^]*cd, then the path/
  expectError({ code, document: JSON.parse(stdout), stderr }, { code: 'repository_missing', says })
})

describe('a place for state that cannot be used', () => {
  const sample = cliSample(tempRepo(NODE_PROJECT, { kept: true }))
  afterAll(() => sample.repo.remove())

  it.each([
    ['in the checkout', { TDD_STATE_DIRECTORY: 'state' }, /state .* lies inside/],
    ['in the git directory', { TDD_STATE_DIRECTORY: '.git/x' }, /git directory/],
    ['of XDG in the checkout', { XDG_STATE_HOME: join(sample.repo.root, 'inside') }, /XDG_STATE_HOME/],
    ['with its store in the checkout', { TDD_DB: 'store.db' }, /TDD_DB/],
    ['with an address for its store', { TDD_DB: 'postgres://x/y' }, /other than SQLite do not exist/],
  ])('is refused %s', async (_, variables, says) => {
    const before = sample.picture()
    const start = { env: { ...sample.env, ...variables } }
    const plan = sample.beside('plan.json', one({}))
    for (const args of [['ingest', plan], ['status'], ['uninstall', '--yes']]) {
      expectError(await sample.json(args, start), { code: 'config_invalid', says })
    }
    expect(sample.picture()).toEqual(before)
  })
})

describe.skipIf(process.platform !== 'linux')('a place for state that cannot be written', () => {
  const sample = cliSample(tempRepo(NODE_PROJECT, { kept: true }))
  afterAll(() => sample.repo.remove())

  it.each([
    ['below a file', { XDG_STATE_HOME: '/dev/null' }, /not a directory/],
    ['where nobody may write', { TDD_STATE_DIRECTORY: '/sys' }, /may not write|only be read/],
    ['where no directory can be made', { XDG_STATE_HOME: '/proc' }, /\/proc\/tdd-orchestrator/],
    ['with its store below a file', { TDD_DB: '/dev/null/store.db' }, /not a directory/],
    ['with a directory for its store', { TDD_DB: '/tmp' }, /it is a directory/],
  ])('is refused %s', async (_, variables, says) => {
    const start = { env: { ...sample.env, ...variables }, killAfterMs: 60_000 }
    const ingested = await sample.json(['ingest', sample.beside('plan.json', one({}))], start)
    expectError(ingested, { code: 'state_unusable', says })
    expect(ingested.stderr).not.toMatch(/report it/i)
  })
})

describe('a state that can only be read', async () => {
  const why = await whyNoSandbox()

  it.skipIf(why !== null)('is looked at, and refused by whatever has to write', async () => {
    const sample = cliSample()
    const plan = sample.beside('plan.json', one({}))
    expect(await sample.json(['ingest', plan])).toMatchObject({ code: 0 })
    const { state } = sample.repo
    const start = { within: ['bwrap', '--dev-bind', '/', '/', '--ro-bind', state, state] }
    const looks = [['status'], ['task', 'list'], ['events'], ['task', 'show', 'DOUBLE-1']]
    for (const args of looks) {
      const end = await sample.cli(args, start)
      expect(end, end.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/\S/) as string })
    }
    const session = sample.beside('s.session.json', SESSION)
    const changes = [
      ['ingest', plan],
      ['run', '--agent', 'scripted', '--session', session],
      ['run', '--agent', 'scripted', '--session', session, '--detach'],
      ['prove'],
      ['task', 'cancel', 'DOUBLE-1'],
      ['clean'],
      ['uninstall', '--yes'],
    ]
    const before = sample.picture()
    for (const args of changes) {
      expectError(await sample.json(args, start), { code: 'state_unusable', says: /TDD_STATE_DIRECTORY/ })
    }
    expect(sample.picture()).toEqual(before)
  })

  it.skipIf(why !== null)('is not looked at without what a writer left beside it', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', one({}))])
    const db = await storeOf(sample)
    const writer = new DatabaseSync(db)
    writer.exec("UPDATE runs SET title = 'what the file alone does not show'")
    const left = [db, `${db}-wal`].map((path) => ({ path, bytes: readFileSync(path) }))
    writer.close()
    for (const { path, bytes } of left) writeFileSync(path, bytes)
    const { state } = sample.repo
    const start = { within: ['bwrap', '--dev-bind', '/', '/', '--ro-bind', state, state] }
    expectError(await sample.json(['status'], start), { code: 'state_unusable', says: /store\.db/ })
  })
})

describe('a run that cannot start', () => {
  it('says so where no agent is configured, the session is not there, or wrong', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', one({}))])
    const scripted = ['run', '--agent', 'scripted']
    for (const which of ['--new', '--resume'])
      expectError(await cliSample().json(['run', which]), { code: 'nothing_to_run' })
    expectError(await sample.json(['run']), { code: 'agent_missing', says: /agents\.command/ })
    expectError(await sample.json(scripted), { code: 'usage', says: /--session/ })
    expectError(await sample.json([...scripted, '--session', 'no.json']), {
      code: 'session_invalid',
      says: /no\.json/,
    })
    const wrong = sample.beside('s.session.json', { version: 1, tasks: { 'DOUBLE-1': { rod: [] } } })
    expectError(await sample.json([...scripted, '--session', wrong]), {
      code: 'session_invalid',
      says: /red/,
    })
    expect((await sample.json(['status'])).document).toMatchObject({ run: { state: 'planned' } })
  })

  it('ends before an agent is called where a test command is missing or setup fails, and can be mended', async () => {
    const sample = cliSample()
    const missing = { runner: 'vitest', tests: ['test/**'], sources: ['src/**'], setup: [] }
    const plan = sample.beside('plan.json', { ...one({}), project: { suites: [missing] } })
    await sample.json(['ingest', plan, '--trust-commands'])
    const run = ['run', '--agent', 'scripted', '--session', sample.beside('s.session.json', SESSION)]
    const before = sample.picture()
    expectError(await sample.json(run), { code: 'toolchain_missing', says: /vitest is not installed/ })
    const failing = { ...missing, runner: 'node', setup: [['node', 'mended.mjs']] }
    sample.beside('plan.json', { ...one({}), project: { suites: [failing] } })
    await sample.json(['ingest', plan, '--new', '--trust-commands'])
    expectError(await sample.json(run), { code: 'setup_failed', says: /mended\.mjs[^]*ingest PLAN --new/ })
    expect(sample.picture()).toEqual(before)
    expect((await sample.json(['status'])).document).toMatchObject({
      run: { state: 'planned' },
      spend: { invocations: 0 },
    })
    sample.repo.commit({ 'mended.mjs': '' }, 'Mend setup')
    expect(await sample.json(run)).toMatchObject({ code: 0, document: { attempts: 3 } })
  })
})

describe('a Node that is too old', () => {
  it('is told in one line that works, and as a document, with exit code 2', () => {
    const module = join(import.meta.dirname, '../../src/cli/node-version.ts')
    const script = `import(${JSON.stringify(module)}).then((node) => node.refuseOldNode('20.19.0'))`
    const call = (): unknown =>
      execFileSync(process.execPath, ['-e', script, '--', '--json'], { stdio: 'pipe' })
    const thrown = catchOf(call) as { status: number; stderr: Buffer; stdout: Buffer }
    expect(thrown.status).toBe(2)
    expect(thrown.stderr.toString()).toMatch(/^tdd-orchestrator runs on Node 24 or newer[^\n]+\n$/)
    expect(JSON.parse(thrown.stdout.toString())).toEqual({
      error: {
        code: 'node_too_old',
        message: expect.stringContaining('this is 20.19.0') as string,
        hint: expect.stringContaining('npx -y node@24') as string,
      },
    })
  })
})

function catchOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (thrown) {
    return thrown
  }
}
