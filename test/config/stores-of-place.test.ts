import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { requireOwn } from '../../src/config/stores-of-place.ts'
import { statePlace } from '../../src/config/state-place.ts'
import { diagnoseState } from '../../src/engine/diagnose-state.ts'
import { openBench } from '../../src/engine/open.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

it('a store that has the work of one repository is refused to another, and to that one never', async () => {
  const first = engineSample(letterFiles)
  const second = engineSample(letterFiles, {}, { XDG_STATE_HOME: first.stateHome })
  const shared = { 'state.db': join(first.stateHome, 'shared.db') }
  let ownOfFirst = ''
  for (let time = 1; time <= 2; time += 1) {
    const engine = await first.open(shared)
    ownOfFirst = join(engine.stateDirectory, 'store.db')
    await engine[Symbol.asyncDispose]()
  }
  const refused = { code: 'repository_other', hint: expect.stringContaining('TDD_DB') as string }
  await expect(second.open(shared)).rejects.toMatchObject(refused)
  await expect(second.open({ 'state.db': ownOfFirst })).rejects.toMatchObject(refused)
  // By whatever path one comes to it, and for those who only look or put things away, too.
  const alias = join(second.repo.directory, 'alias.db')
  symlinkSync(shared['state.db'], alias)
  const repository = findRepository(second.repo.root)
  if (repository === null) throw new Error('there is a repository')
  const where = { cwd: second.repo.root, env: { ...second.env, TDD_DB: alias } }
  await expect(statePlace(repository, where)).rejects.toMatchObject(refused)
  await using bench = await openBench({
    directory: second.repo.root,
    env: second.env,
    flags: { 'state.db': shared['state.db'] },
  })
  expect(await diagnoseState(bench)).toContainEqual(
    expect.objectContaining({ level: 'problem', what: expect.stringContaining('another repository') }),
  )
  await using engine = await second.open()
  expect(existsSync(join(engine.stateDirectory, 'stores.json'))).toBe(false)
  expect(() => requireOwn(engine.stateDirectory, shared['state.db'])).toThrow(
    expect.objectContaining(refused),
  )
})

it('a store of another repository that a kill left half removed is refused before it is begun', async () => {
  const first = engineSample(letterFiles)
  const second = engineSample(letterFiles, {}, { XDG_STATE_HOME: first.stateHome })
  const shared = { 'state.db': join(first.stateHome, 'shared.db') }
  const engine = await first.open(shared)
  await engine[Symbol.asyncDispose]()
  const list = join(engine.stateDirectory, 'stores.json')
  writeFileSync(list, JSON.stringify([{ removing: shared['state.db'] }]))
  rmSync(shared['state.db'])
  await expect(second.open(shared)).rejects.toMatchObject({ code: 'repository_other' })
  expect(existsSync(shared['state.db'])).toBe(false)
  const again = await first.open(shared)
  await again[Symbol.asyncDispose]()
  expect(JSON.parse(readFileSync(list, 'utf8'))).toEqual([shared['state.db']])
})

it.each([
  ['its disk is not there', 'disk.db'],
  ['the folder that a link leads to is not there', 'link/disk.db'],
])('a store that has work here is not begun anew where %s', async (_, name) => {
  const sample = engineSample(letterFiles)
  const disk = join(sample.stateHome, 'disk')
  mkdirSync(disk)
  symlinkSync(disk, join(sample.stateHome, 'link'))
  const db = { 'state.db': join(sample.stateHome, name) }
  const engine = await sample.open(db)
  await engine[Symbol.asyncDispose]()
  const real = realpathSync(db['state.db'])
  renameSync(real, `${real}.away`)
  renameSync(disk, `${disk}.away`)
  await expect(sample.open(db)).rejects.toMatchObject({
    code: 'state_unusable',
    message: expect.stringContaining(`the store ${real}, which has work here, is not there`) as string,
  })
  expect([existsSync(real), existsSync(disk)]).toEqual([false, false])
  // As a person is told to.
  writeFileSync(join(engine.stateDirectory, 'stores.json'), '[]')
  const anew = await sample.open(db)
  await anew[Symbol.asyncDispose]()
})

it('a store of the same repository in another state directory is told with that one', async () => {
  const sample = engineSample(letterFiles)
  const engine = await sample.open()
  const { stateDirectory } = engine
  await engine[Symbol.asyncDispose]()
  const elsewhere = {
    'state.directory': join(sample.stateHome, 'other'),
    'state.db': join(stateDirectory, 'store.db'),
  }
  await expect(sample.open(elsewhere)).rejects.toMatchObject({
    code: 'repository_other',
    hint: `Name that one, too: TDD_STATE_DIRECTORY=${dirname(stateDirectory)}`,
  })
})
