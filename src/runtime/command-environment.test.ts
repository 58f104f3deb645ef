import { describe, expect, it } from 'vitest'
import { commandEnvironment } from './command-environment.ts'
import { OWN_PACKAGE } from './own-files.ts'
import { userPath } from './user-path.ts'

const request = { base: { PATH: '/usr/bin' }, home: '/slot/home', temp: '/slot/tmp', tdd: {}, extra: {} }
const always = {
  PATH: '/usr/bin',
  TERM: 'dumb',
  CI: '1',
  HOME: '/slot/home',
  TMPDIR: '/slot/tmp',
  GIT_CEILING_DIRECTORIES: '/slot',
}

describe('the environment of a contained command', () => {
  it('takes only language and time zone over from the person', () => {
    const base = {
      PATH: '/usr/bin',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      TZ: 'Europe/Vienna',
      HOME: '/home/me',
      TMPDIR: '/elsewhere',
      NODE_OPTIONS: '--require x',
      NODE_TEST_CONTEXT: 'child',
      NODE_PATH: '/x',
      npm_config_registry: 'x',
      GIT_DIR: '/x/.git',
      GIT_AUTHOR_NAME: 'me',
      ANTHROPIC_API_KEY: 'k',
      AWS_SECRET_ACCESS_KEY: 'k',
      GH_TOKEN: 'k',
      SSH_AUTH_SOCK: '/x',
      DISPLAY: ':0',
      LD_PRELOAD: '/x.so',
      TDD_DB: 'secret',
      UNSET: undefined,
    }
    expect(commandEnvironment({ ...request, base })).toEqual({
      ...always,
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      TZ: 'Europe/Vienna',
    })
  })

  it('has a PATH also when the person has none', () => {
    expect(commandEnvironment({ ...request, base: {} })['PATH']).toBe('/usr/local/bin:/usr/bin:/bin')
  })

  it('adds what the configuration and the engine say', () => {
    const environment = commandEnvironment({
      ...request,
      extra: { DEBUG: 'x', CI: '0' },
      tdd: { TDD_TASK: 'A' },
    })
    expect(environment).toEqual({ ...always, DEBUG: 'x', CI: '0', TDD_TASK: 'A' })
  })

  it('lets a person set options of Node that nobody inherits', () => {
    const extra = { NODE_OPTIONS: '--experimental-vm-modules', GIT_AUTHOR_NAME: 'test' }
    expect(commandEnvironment({ ...request, extra })).toEqual({ ...always, ...extra })
  })

  it('never lets the configuration leave the slot, hide failures, or forge the mark', () => {
    const extra = {
      HOME: '/root',
      TMPDIR: '/tmp',
      NODE_TEST_CONTEXT: 'child-v8',
      TDD_MARK: 'x.y',
      npm_config_prefix: '/x',
      GIT_DIR: '/x',
      GIT_INDEX_FILE: '/x',
      GIT_CEILING_DIRECTORIES: '/',
    }
    expect(commandEnvironment({ ...request, extra, tdd: { TDD_MARK: 'a.b' } })).toEqual(always)
  })
})

describe("the person's PATH", () => {
  const own = '/opt/orchestrator'

  it('is as it was when npm did not start us', () => {
    const PATH = '/work/node_modules/.bin:/usr/bin:/home/me/.local/bin'
    expect(userPath({ PATH }, own)).toBe(PATH)
  })

  it('loses what nested runs of npm put in front, and nothing behind', () => {
    const added = '/a/b/node_modules/.bin:/a/node_modules/.bin:/usr/lib/npm/lib/node-gyp-bin'
    const PATH = `${added}:${added}:/usr/bin:/mine/node_modules/.bin`
    expect(userPath({ PATH, npm_lifecycle_event: 'demo' }, own)).toBe('/usr/bin:/mine/node_modules/.bin')
  })

  it('loses everything of our own package, wherever it stands', () => {
    const PATH = `/usr/bin:${own}/node_modules/.bin:${own}/node_modules/node/bin/:/bin:${own}-other/node_modules/.bin`
    expect(userPath({ PATH }, own)).toBe(`/usr/bin:/bin:${own}-other/node_modules/.bin`)
  })

  it('knows by itself where our own package is', () => {
    expect(userPath({ PATH: `${OWN_PACKAGE}/node_modules/.bin:/usr/bin` })).toBe('/usr/bin')
  })

  it('loses empty and relative entries', () => {
    expect(userPath({ PATH: ':/usr/bin:.:node_modules/.bin:' }, own)).toBe('/usr/bin')
  })

  it('is that of the system when nothing is left', () => {
    expect(userPath({ PATH: `${own}/node_modules/.bin` }, own)).toBe('/usr/local/bin:/usr/bin:/bin')
  })
})
