import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { requireStateOutside } from '../../src/config/state-outside.ts'
import { statePlace } from '../../src/config/state-place.ts'
import { openBench } from '../../src/engine/open.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { tempRepo } from '../support/temp-repo.ts'

describe('the place of the state, found without reading the whole configuration', () => {
  it.each([
    ['nothing set', {}, null],
    ['an absolute state home', { XDG_STATE_HOME: '/srv/state' }, null],
    ['a relative state home, which does not count', { XDG_STATE_HOME: 'state' }, null],
    ['an empty home', { HOME: '' }, null],
    ['a state directory from where the command was typed', { TDD_STATE_DIRECTORY: '../../mine' }, null],
    ['a state directory in the home', { TDD_STATE_DIRECTORY: '~/mine' }, null],
    ['a store of its own', { TDD_DB: '../../my.db' }, null],
    ['an empty variable, which does not count', { TDD_DB: '' }, null],
    ['a file that speaks of other things', {}, '[run]\nworkers = 2\n'],
    ['a file with a state directory', {}, '[state]\ndirectory = "../beside"\n'],
    ['a file and a variable', { TDD_STATE_DIRECTORY: '/srv/x' }, 'state.directory = "beside"\n'],
  ])('is what the configuration says with %s', async (_, variables, file) => {
    const repo = tempRepo({ 'deep/a.js': '', ...(file === null ? {} : { '.tdd/config.toml': file }) })
    const repository = findRepository(repo.root)
    if (repository === null) throw new Error('the repository was not found')
    const cwd = join(repo.root, 'deep')
    const env = { ...repo.env, ...variables }
    const { state } = loadConfig({ root: repo.root, cwd, env }).config
    const directory = join(state.directory, repository.id)
    expect(await statePlace(repository, { cwd, env })).toEqual({
      directory,
      db: state.db ?? join(directory, 'store.db'),
    })
  })

  it.each(['TDD_DB', 'TDD_STATE_DIRECTORY'])('refuses a zero byte in %s', async (name) => {
    const repo = tempRepo()
    const place = findRepository(repo.root) ?? expect.unreachable()
    await expect(
      statePlace(place, { cwd: repo.root, env: { ...repo.env, [name]: '/x\0y' } }),
    ).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('refuses an address for the store', async () => {
    const repo = tempRepo()
    const place = findRepository(repo.root) ?? expect.unreachable()
    const env = { ...repo.env, TDD_DB: 'postgres://host/name' }
    await expect(statePlace(place, { cwd: repo.root, env })).rejects.toMatchObject({ code: 'config_invalid' })
  })
})

describe('a state inside of the repository', () => {
  const repo = tempRepo({ 'a.txt': '' }, { kept: true })
  afterAll(() => repo.remove())
  const linked = join(repo.directory, 'linked')
  repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
  symlinkSync(join(repo.root, '.git'), join(repo.directory, 'link'))
  const place = findRepository(linked) ?? expect.unreachable()
  const outside = join(repo.directory, 'state')

  it.each([
    ['the work tree itself', { directory: repo.root, db: null }],
    ['a directory of the work tree', { directory: join(repo.root, 'not', 'there'), db: null }],
    ['the git directory', { directory: join(repo.root, '.git', 'x'), db: null }],
    ['a linked work tree', { directory: join(linked, 'state'), db: null }],
    ['a link into the git directory', { directory: join(repo.directory, 'link', 'state'), db: null }],
    ['a store in the work tree', { directory: outside, db: join(repo.root, 'store.db') }],
  ])('is refused: %s', (_, state) => {
    expect(() => requireStateOutside(state, place)).toThrow(
      expect.objectContaining({ code: 'config_invalid' }) as Error,
    )
  })

  it('is not what lies beside or around it', () => {
    for (const directory of [outside, `${repo.root}-state`, repo.directory, '/'])
      expect(() => requireStateOutside({ directory, db: null }, place)).not.toThrow()
  })
})

it.each(['C#', 'a%b', 'what?', 'a:b', 'back\\slash', 'new\nline'])(
  'a state directory that test runners load nothing from is refused to whatever runs tests: %j',
  async (name) => {
    const repo = tempRepo({ 'a.txt': '' })
    const env = { ...repo.env, TDD_STATE_DIRECTORY: join(repo.directory, name) }
    await expect(openBench({ directory: repo.root, env, flags: {} })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('cannot load programs from there') as string,
    })
    const place = findRepository(repo.root) ?? expect.unreachable()
    expect((await statePlace(place, { cwd: repo.root, env })).directory).toContain(name)
  },
)
