import {
  existsSync,
  lstatSync,
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
import { requireOwn, whyUnknown } from '../../src/config/stores-of-place.ts'
import { statePlace } from '../../src/config/state-place.ts'
import { clean } from '../../src/engine/clean.ts'
import { diagnoseState } from '../../src/engine/diagnose-state.ts'
import { openBench } from '../../src/engine/open.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { closed, engineSample } from '../support/engine-sample.ts'
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
  const { stateDirectory } = await closed(first.open(shared))
  const list = join(stateDirectory, 'stores.json')
  writeFileSync(list, JSON.stringify([{ removing: shared['state.db'] }]))
  rmSync(shared['state.db'])
  await expect(second.open(shared)).rejects.toMatchObject({ code: 'repository_other' })
  expect(existsSync(shared['state.db'])).toBe(false)
  await closed(first.open(shared))
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
  const { stateDirectory } = await closed(sample.open(db))
  const real = realpathSync(db['state.db'])
  renameSync(real, `${real}.away`)
  renameSync(disk, `${disk}.away`)
  await expect(sample.open(db)).rejects.toMatchObject({
    code: 'state_unusable',
    message: expect.stringContaining(`the store ${real}, which has work here, is not there`) as string,
  })
  expect([existsSync(real), existsSync(disk)]).toEqual([false, false])
  await using bench = await openBench({ directory: sample.repo.root, env: sample.env, flags: db })
  const told = expect.objectContaining({ what: expect.stringContaining('has work here') }) as unknown
  expect(await diagnoseState(bench)).toContainEqual(told)
  // As a person is told to.
  writeFileSync(join(stateDirectory, 'stores.json'), '[]')
  await closed(sample.open(db))
})

it('the own store behind a link is not begun anew where its disk is not there, by whatever name', async () => {
  const sample = engineSample(letterFiles)
  const { stateDirectory } = await closed(sample.open())
  const [own, disk] = [join(stateDirectory, 'store.db'), join(sample.stateHome, 'disk')]
  const db = { 'state.db': join(disk, 'store.db') }
  mkdirSync(disk)
  renameSync(own, db['state.db'])
  symlinkSync(db['state.db'], own)
  await closed(sample.open(db))
  // One that is removed goes with the link, and another is begun.
  await clean({ directory: stateDirectory, db: db['state.db'] }, { history: true })
  expect([existsSync(db['state.db']), lstatSync(own, { throwIfNoEntry: false })]).toEqual([false, undefined])
  await closed(sample.open(db))
  symlinkSync(db['state.db'], own)
  renameSync(disk, `${disk}.away`)
  await expect(sample.open(db)).rejects.toMatchObject({
    code: 'state_unusable',
    message: expect.stringContaining(`the link ${own} leads to`) as string,
  })
  expect(existsSync(disk)).toBe(false)
})

it('a store is not begun anew where the list of those that have work cannot be read', async () => {
  const sample = engineSample(letterFiles)
  const db = { 'state.db': join(sample.stateHome, 'other.db') }
  const { stateDirectory } = await closed(sample.open(db))
  writeFileSync(join(stateDirectory, 'stores.json'), '{')
  await closed(sample.open(db))
  rmSync(db['state.db'])
  await expect(sample.open(db)).rejects.toMatchObject({
    code: 'state_unusable',
    message: expect.stringContaining('cannot be read') as string,
  })
})

it('a store that nobody may look at is not told to be gone', async () => {
  const sample = engineSample(letterFiles)
  const folder = join(sample.stateHome, 'folder')
  mkdirSync(folder)
  const db = join(folder, 'other.db')
  const { stateDirectory } = await closed(sample.open({ 'state.db': db }))
  // Whoever is root may look at everything, and at a circle of links nobody.
  renameSync(folder, `${folder}.away`)
  symlinkSync(folder, folder)
  await expect(sample.open({ 'state.db': db })).rejects.toMatchObject({
    code: 'state_unusable',
    message: expect.stringContaining('its symbolic links lead in a circle') as string,
  })
  expect(whyUnknown({ directory: stateDirectory, db })).toEqual([])
})

it('a store of the same repository in another state directory is told with that one', async () => {
  const sample = engineSample(letterFiles)
  const { stateDirectory } = await closed(sample.open())
  const elsewhere = {
    'state.directory': join(sample.stateHome, 'other'),
    'state.db': join(stateDirectory, 'store.db'),
  }
  await expect(sample.open(elsewhere)).rejects.toMatchObject({
    code: 'repository_other',
    hint: `Name that one, too: TDD_STATE_DIRECTORY=${dirname(stateDirectory)}`,
  })
})
