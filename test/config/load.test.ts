import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { LoadRequest } from '../../src/config/load.ts'
import { configuredSuites } from '../../src/config/suites.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { OrchestratorError } from '../../src/errors.ts'

const machine = { cores: 4, home: '/home/ada', stateHome: null }
let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tdd-config-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('loadConfig', () => {
  it('needs no file', () => {
    const { config, origins, file, warnings } = load()
    expect(config.run).toMatchObject({ workers: 3, maxInvocations: null, agent: 'auto', onLimit: 'auto' })
    expect(config.limits).toMatchObject({ green: 3, stageMs: 1_800_000, treeBytes: 1_073_741_824 })
    expect(config.verify.slots).toBe(3)
    expect(config.state.directory).toBe('/home/ada/.local/state/tdd-orchestrator')
    expect(config.suites).toEqual([])
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
    expect(file).toBeNull()
    expect(warnings).toEqual([])
  })

  it('takes a flag before a variable, a variable before the file, the file before the default, and says so', () => {
    write('[run]\nworkers = 4\nmaxInvocations = 40\nmaxUsd = 2.5\n')
    const env = { TDD_MAX_WORKERS: '5', TDD_MAX_INVOCATIONS: '50' }
    const { config, origins } = load({ env, flags: { 'run.workers': 6 } })
    expect(config.run).toMatchObject({ workers: 6, maxInvocations: 50, maxUsd: 2.5, maxTokens: null })
    expect(origins).toMatchObject({
      'run.workers': 'flag',
      'run.maxInvocations': 'environment',
      'run.maxUsd': 'file',
      'run.maxTokens': 'default',
    })
  })

  it('starts relative paths at the repository for the file and where the command was typed for the rest', () => {
    write('[state]\ndirectory = "~/elsewhere"\ndb = "store.db"\n')
    expect(load().config.state).toMatchObject({
      directory: '/home/ada/elsewhere',
      db: join(root, 'store.db'),
    })
    expect(load({ cwd: '/typed/here', env: { TDD_DB: 'x.db' } }).config.state.db).toBe('/typed/here/x.db')
  })

  it('takes the address of a collector from the file and the variable, and none with a password in it', () => {
    write('[telemetry]\nendpoint = "http://127.0.0.1:4318"\n')
    expect(load().config.telemetry.endpoint).toBe('http://127.0.0.1:4318')
    const env = { TDD_TELEMETRY_ENDPOINT: 'https://me:secret@traces.example' }
    const refused = failure(() => load({ env }), 'config_invalid')
    expect(refused).not.toContain('secret')
    expect(refused).toContain('TDD_TELEMETRY_ENDPOINT is no address of a collector; begin it with http://')
    write('[telemetry]\nendpoint = "http://me:secret@traces.example"\n')
    const inFile = failure(() => load(), 'config_invalid')
    expect(inFile).not.toContain('secret')
    expect(inFile).toContain('telemetry.endpoint is no address of a collector')
  })

  it('reads the file of the work tree, and where the shared state is from the main one', () => {
    const main = join(root, 'main')
    write('[run]\nworkers = 7\n[state]\ndb = "here.db"\n')
    write('[run]\nworkers = 9\n[state]\ndb = "there.db"\n', main)
    const { config, origins, file, warnings } = load({ mainRoot: main })
    expect([config.run.workers, config.state.db]).toEqual([7, join(main, 'there.db')])
    expect(origins).toMatchObject({ 'run.workers': 'file', 'state.db': 'main_work_tree' })
    expect(file).toBe(join(root, '.tdd/config.toml'))
    expect(warnings).toEqual([expect.stringContaining(`[state] of ${root}/.tdd/config.toml is not used`)])
    write('[run]\nworkers = "many"\n', main)
    expect(load({ mainRoot: main }).config.state.db).toBeNull()
    write('[run]\nworkers = "many"\n[state]\n', main)
    expect(failure(() => load({ mainRoot: main }), 'config_invalid')).toContain(`${main}/.tdd/config.toml:2`)
  })

  it('keeps the state in the directory that XDG_STATE_HOME names', () => {
    const { config } = loadConfig({ root, env: { HOME: '/home/ada', XDG_STATE_HOME: '/state' } })
    expect(config.state.directory).toBe('/state/tdd-orchestrator')
  })

  it('reads suites and fills them from those that were found', () => {
    write(
      '[[suites]]\nname = "api"\nrunner = "vitest"\ntests = ["test/**"]\nsources = ["./src/**"]\nsetup = [["npm", "ci"]]\nsetupSecrets = ["NPM_TOKEN"]\n[suites.checks]\ntypes = ["npx", "tsc"]\n',
    )
    const { config, origins } = load()
    const { suites, setupSecrets } = configuredSuites(config.suites, [], 'config.toml')
    expect(suites).toMatchObject([
      { name: 'api', runner: 'vitest', cwd: '.', sources: ['src/**'], checks: { types: ['npx', 'tsc'] } },
    ])
    expect(setupSecrets).toEqual({ api: ['NPM_TOKEN'] })
    expect(origins['suites']).toBe('file')
  })

  it('takes a report in the tree, above the directory of its suite too, and a fresh one', () => {
    const suite = (report: string): string => `[[suites]]\nname = "${report.length}"\nreport = "${report}"\n`
    write(`${suite('{report}')}${suite('out/long.xml')}${suite('../bb.xml')}cwd = "packages/b"\n`)
    expect(load().config.suites).toHaveLength(3)
  })

  it('warns of variables with our prefix that it does not know', () => {
    expect(load({ env: { TDD_MAX_WORKRES: '5', TDD_ATTEMPT: '1' } }).warnings).toEqual([
      'the variable TDD_MAX_WORKRES is not used; did you mean "TDD_MAX_WORKERS"?',
    ])
  })

  const bad: readonly (readonly [string, string, string])[] = [
    [
      'a key it does not know',
      '[run]\nwokers = 3\n',
      '.tdd/config.toml:2: run.wokers is not known; did you mean "workers"?',
    ],
    [
      'a section it does not know',
      '\n[rnu]\nworkers = 3\n',
      '.tdd/config.toml:2: rnu is not known; did you mean "run"?',
    ],
    [
      'a value of the wrong type',
      '[run]\n\nworkers = "3"\n',
      '.tdd/config.toml:3: run.workers is the text "3"; give a number',
    ],
    ['a value out of range', '[run]\nworkers = 0\n', '.tdd/config.toml:2: run.workers is 0; the least is 1'],
    [
      'a share of nothing',
      '[circuits.system]\nrateShare = 0\n',
      'circuits.system.rateShare is 0; give more than 0',
    ],
    ['a fraction for a count', '[run]\nworkers = 1.5\n', 'run.workers is 1.5; give a whole number'],
    [
      'a choice that does not exist',
      '[git]\nmode = "branch"\n',
      'git.mode is "branch"; did you mean "branches"?',
    ],
    ['a target that is no branch', '[git]\ntarget = "a..b"\n', ':2: git.target "a..b" is not a branch name'],
    ['a target like a flag', '[git]\ntarget = "-x"\n', ':2: git.target "-x" is not a branch name'],
    ['a target as a ref', '[git]\ntarget = "refs/heads/a"\n', 'name the branch alone: a'],
    [
      'a junit suite alone',
      '[[suites]]\nrunner = "junit"\n',
      '.tdd/config.toml:1: suites[0].command is missing',
    ],
    [
      'an absolute report',
      '[[suites]]\nreport = "/etc/x.xml"\n',
      ':2: suites[0].report "/etc/x.xml" is absolute',
    ],
    ['a report outside', '[[suites]]\nreport = "../x.xml"\n', 'suites[0].report "../x.xml" leaves the repo'],
    ['text that is no TOML', '[run]\nworkers = \n', '.tdd/config.toml:2: the document is not TOML'],
    [
      'a suite outside of the repository',
      '[[suites]]\nname = "a"\ncwd = "../x"\n',
      '.tdd/config.toml:3: suites[0].cwd ',
    ],
    ['a suite of an absolute path', '[[suites]]\ncwd = "/etc"\n', '.tdd/config.toml:2: suites[0].cwd '],
    [
      'two suites of one name',
      '[[suites]]\nname = "a"\n[[suites]]\nname = "a"\n',
      '.tdd/config.toml:4: suites[1].name "a" is the name of an earlier suite',
    ],
    ['a key written twice', '[run]\nworkers = 1\nworkers = 2\n', '.tdd/config.toml:3'],
    [
      'an unknown key of the second suite',
      '[[suites]]\nname = "a"\n[[suites]]\ntest = ["x"]\n',
      '.tdd/config.toml:4: suites[1].test is not known; did you mean "tests"?',
    ],
  ]
  it.each(bad)('refuses %s', (_, text, message) => {
    write(text)
    expect(failure(() => load(), 'config_invalid')).toContain(message)
  })

  it('tells a number that is out of every range once', () => {
    write('[limits]\ngreen = 1e99\n')
    const message = failure(load, 'config_invalid')
    expect(message.match(/limits\.green/g)).toHaveLength(1)
    expect(message).toContain('the most is 20')
  })

  it('refuses variables and flags that are wrong, by their names', () => {
    expect(failure(() => load({ env: { TDD_MAX_WORKERS: 'many' } }), 'config_invalid')).toContain(
      'the variable TDD_MAX_WORKERS is the text "many"; give a number',
    )
    expect(failure(() => load({ env: { TDD_MAX_WORKERS: '1001' } }), 'config_invalid')).toContain(
      'the most is 1000',
    )
    expect(failure(() => load({ flags: { 'run.workers': 0 } }), 'usage')).toContain('the least is 1')
    expect(failure(() => load({ flags: { 'run.worker': 1 } }), 'usage')).toContain(
      'did you mean "run.workers"?',
    )
  })

  it('refuses options of circuits that contradict each other, and says where they can be changed', () => {
    const refused = (code: ErrorCode, hint: string): unknown =>
      expect.objectContaining({
        code,
        message: expect.stringMatching(/circuits\.stage contradict each other: the longest wait \(5 ms\)/),
        hint: expect.stringContaining(hint),
      })
    const flags = { 'circuits.stage.longestWaitMs': 5 }
    expect(() => load({ flags })).toThrow(refused('usage', 'Change --circuit stage.longestWaitMs=N'))
    write('[circuits.stage]\nlongestWaitMs = 5\n')
    expect(load).toThrow(refused('config_invalid', 'Change [circuits.stage] in .tdd/config.toml'))
  })

  it.each(['postgres://host/db', 'file:store.db'])('refuses the address %s for the store', (address) => {
    const says = 'is an address; name a file: stores other than SQLite do not exist yet'
    expect(failure(() => load({ env: { TDD_DB: address } }), 'config_invalid')).toContain(
      `the variable TDD_DB ${says}`,
    )
    write(`[state]\ndb = "${address}"\n`)
    expect(failure(load, 'config_invalid')).toContain(`.tdd/config.toml:2: state.db ${says}`)
  })

  it('refuses a file that cannot be read', () => {
    mkdirSync(join(root, '.tdd/config.toml'), { recursive: true })
    expect(failure(() => load(), 'config_unreadable')).toContain('it is not a file')
    rmSync(join(root, '.tdd'), { recursive: true })
    write(Buffer.from([0xff, 0xfe, 0x00]))
    expect(failure(() => load(), 'config_unreadable')).toContain('cannot be read')
  })

  it.each([
    ['state.directory', '[state]\ndirectory = "/work/x\\u0000y"\n'],
    ['state.db', '[state]\ndb = "x\\u0000y"\n'],
    ['agents.claude.sdk', '[agents.claude]\nsdk = "x\\u0000y"\n'],
    ['suites[0].report', '[[suites]]\nreport = "x\\u0000y"\n'],
    ['suites[0].envFiles[0]', '[[suites]]\nenvFiles = ["x\\u0000y"]\n'],
  ])('refuses a path with a zero byte: %s', (path, text) => {
    write(text)
    expect(failure(() => load(), 'config_invalid')).toContain(`${path} contains a zero byte`)
  })

  it('refuses a suite whose runner or patterns were neither written nor found', () => {
    const wrong = (): unknown =>
      configuredSuites(
        [{ name: 'a' }, { name: 'a', runner: 'junit', tests: ['t'], sources: ['/s'] }],
        [],
        'config.toml',
      )
    const message = failure(wrong, 'config_invalid')
    expect(message).toContain('suites[0].runner is to be found, and no test runner was found')
    expect(message).toContain('suites[0].tests is missing')
    expect(message).toContain('suites[1].name "a" is the name of an earlier suite')
    expect(message).toContain('suites[1].command is missing')
    expect(message).toContain('suites[1].sources[0] is absolute')
  })
})

function write(text: string | Buffer, at = root): void {
  mkdirSync(join(at, '.tdd'), { recursive: true })
  writeFileSync(join(at, '.tdd/config.toml'), text)
}

function load(request: Partial<LoadRequest> = {}): ReturnType<typeof loadConfig> {
  return loadConfig({ root, env: {}, machine, ...request })
}

function failure(action: () => unknown, code: ErrorCode): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof OrchestratorError && thrown.code === code) return thrown.message
    throw thrown
  }
  throw new Error('nothing was refused')
}
