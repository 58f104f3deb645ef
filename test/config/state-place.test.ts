import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { statePlace } from '../../src/config/state-place.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { tempRepo } from '../support/temp-repo.ts'

describe('the place of the state, found without reading the whole configuration', () => {
  it.each([
    ['nothing set', {}, null],
    ['an absolute state home', { XDG_STATE_HOME: '/srv/state' }, null],
    ['a relative state home, which does not count', { XDG_STATE_HOME: 'state' }, null],
    ['an empty home', { HOME: '' }, null],
    ['a state directory from where the command was typed', { TDD_STATE_DIRECTORY: '../mine' }, null],
    ['a state directory in the home', { TDD_STATE_DIRECTORY: '~/mine' }, null],
    ['a store of its own', { TDD_DB: 'my.db' }, null],
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
})
