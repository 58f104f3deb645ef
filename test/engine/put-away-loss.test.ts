import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { noteStore, removeListed, storesOf, whyUnknown } from '../../src/config/stores-of-place.ts'
import { clean, cleaningPlan } from '../../src/engine/clean.ts'
import { markPlace } from '../../src/engine/place-marks.ts'
import { removeStore, takeKept } from '../../src/engine/take-kept.ts'
import { uninstall, uninstallPlan } from '../../src/engine/uninstall.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { overwrite } from '../support/damage.ts'
import { closed, type EngineSample, engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import { playedPlan, playedSession } from '../support/played-tasks.ts'
import { newRun } from '../support/store-data.ts'
import { NEVER, uninstalling, usedPlace } from '../support/used-place.ts'

const WITH_HISTORY = { history: true }
const NOTHING = { unlanded: [], unknown: [] }
/** So many are not removed at once. */
const FILES = 5_000
const HEAD_OF_LOG = 32
const HEAD_OF_FRAME = 24

type Place = { readonly directory: string; readonly db: string }

describe('a file that is named as the store and is none', () => {
  it.each(['a text', ''])('is not removed, nor what lies beside it: %j', async (text) => {
    const { sample, place } = await usedPlace({})
    const db = join(sample.stateHome, 'letter')
    writeFileSync(db, text)
    mkdirSync(`${db}-transcripts`)
    writeFileSync(`${db}.salvaging-1`, '')
    const foreign = { ...place, db }
    const refused = { code: 'state_unusable', message: expect.stringContaining('was recorded in') }
    await expect(cleaningPlan(foreign, WITH_HISTORY)).rejects.toMatchObject(refused)
    await expect(clean(foreign, WITH_HISTORY)).rejects.toMatchObject(refused)
    await expect(uninstallPlan(uninstalling(sample, foreign))).rejects.toMatchObject(refused)
    await expect(uninstall(uninstalling(sample, foreign), NOTHING)).rejects.toMatchObject(refused)
    expect(readFileSync(db, 'utf8')).toBe(text)
    expect(readdirSync(sample.stateHome)).toEqual(
      expect.arrayContaining(['letter-transcripts', 'letter.salvaging-1']),
    )
    expect(existsSync(place.db)).toBe(true)
  })

  it('is not removed where it is the store of another repository, wherever that has its state', async () => {
    const { place } = await usedPlace({ A: {} }, { works: true })
    const other = engineSample(letterFiles)
    const engine = await other.open()
    const { stateDirectory: directory } = engine
    await engine[Symbol.asyncDispose]()
    const foreign = { directory, db: place.db }
    await expect(clean(foreign, WITH_HISTORY)).rejects.toMatchObject({ code: 'state_unusable' })
    await expect(other.open({ 'state.db': place.db })).rejects.toMatchObject({ code: 'repository_other' })
    expect(existsSync(place.db) && existsSync(`${place.db}-transcripts`)).toBe(true)
  })

  it('keeps what lies beside it also where it is not there', async () => {
    const { sample, place } = await usedPlace({})
    const db = join(sample.stateHome, 'letter')
    for (const beside of ['-wal', '-transcripts', '.salvaged-1']) writeFileSync(db + beside, 'mine')
    const foreign = uninstalling(sample, { ...place, db })
    const plan = await uninstallPlan(foreign)
    expect(plan.outside).toEqual([])
    await uninstall(foreign, plan)
    expect(existsSync(place.directory)).toBe(false)
    expect(readdirSync(sample.stateHome).filter((name) => name.startsWith('letter'))).toHaveLength(3)
  })
})

describe('accepted work of which nobody can tell whether it has landed', () => {
  it('stays with a store whose log is damaged, which shows an earlier state', async () => {
    const { sample, place } = await killedPlace()
    const request = uninstalling(sample, place)
    expect((await uninstallPlan(request)).unlanded).toEqual(['A'])
    overwrite(`${place.db}-wal`, HEAD_OF_LOG + HEAD_OF_FRAME, 8)
    expect(await uninstallPlan(request)).toMatchObject({
      unlanded: [],
      unknown: [expect.stringContaining('is damaged')],
    })
    const things = await clean(place, WITH_HISTORY)
    expect(things.find(({ name }) => name === 'store')?.kept).toContain('is damaged')
    expect(existsSync(place.db) && existsSync(join(place.directory, 'objects.git'))).toBe(true)
  })

  it('stays where its store is a link to a disk that is not there', async () => {
    const { sample, place } = await usedPlace(NEVER, { works: true })
    const disk = join(sample.stateHome, 'disk')
    mkdirSync(disk)
    for (const name of readdirSync(place.directory).filter((each) => each.startsWith('store.db')))
      renameSync(join(place.directory, name), join(disk, name))
    symlinkSync(join(disk, 'store.db'), place.db)
    const request = uninstalling(sample, place)
    expect((await uninstallPlan(request)).unlanded).toEqual(['A'])
    renameSync(disk, `${disk}.unmounted`)
    const away = expect.stringMatching(/^the store that the link .* leads to is not there/)
    expect(await uninstallPlan(request)).toMatchObject({ unlanded: [], unknown: [away] })
    const things = await clean(place, WITH_HISTORY)
    expect(things.find(({ name }) => name === 'git objects of tasks')).toMatchObject({ kept: away })
    renameSync(`${disk}.unmounted`, disk)
    expect((await uninstallPlan(request)).unlanded).toEqual(['A'])
  })

  it('stays where its landing was lost, which nothing but its objects has any more', async () => {
    const { sample, place } = await usedPlace({ A: {} }, { works: true })
    const request = uninstalling(sample, place)
    expect((await uninstallPlan(request)).unlanded).toEqual([])
    {
      await using engine = await sample.open()
      const { store, clock } = engine.world
      await store.loseLanding((await store.currentRun())?.id ?? '', 'A', clock.now())
    }
    expect((await uninstallPlan(request)).unlanded).toEqual(['A'])
    const things = await clean(place, WITH_HISTORY)
    expect(things.find(({ name }) => name === 'git objects of tasks')?.kept).toBe(
      'accepted work of A has not landed',
    )
  })

  it.each<[string, (place: Place, other: string) => void, RegExp]>([
    ['its store is not there', (_, other) => renameSync(other, `${other}.unmounted`), /is not there/],
    [
      'the list of stores was cut off',
      ({ directory }) => writeFileSync(join(directory, 'stores.json'), '["'),
      /cannot be read/,
    ],
  ])('is told before all is removed where %s', async (_, spoil, why) => {
    const sample = engineSample(letterFiles)
    const other = join(sample.stateHome, 'other.db')
    let directory = ''
    {
      await using engine = await sample.open({ 'state.db': other })
      directory = engine.stateDirectory
    }
    const place = { directory, db: join(directory, 'store.db') }
    spoil(place, other)
    const request = uninstalling(sample, place)
    await expect(uninstall(request, NOTHING)).rejects.toMatchObject({ code: 'task_state', message: why })
    expect(existsSync(join(directory, 'objects.git'))).toBe(true)
    const plan = await uninstallPlan(request)
    expect(plan.unknown).toEqual([expect.stringMatching(why)])
    await uninstall(request, plan)
    expect(existsSync(directory)).toBe(false)
  })
})

describe('a place', () => {
  it('stays while somebody has its own store, whatever other one is configured', async () => {
    const { sample, place } = await usedPlace({})
    await using owner = await openSqliteStore({
      path: place.db,
      clock: systemClock,
      owner: processIdentity(),
      passing: true,
    })
    await owner.createRun(newRun('handed-in'), 1)
    const elsewhere = uninstalling(sample, { ...place, db: join(sample.stateHome, 'other.db') })
    await expect(uninstall(elsewhere, NOTHING)).rejects.toMatchObject({ code: 'store_owned' })
    expect(await owner.run('handed-in')).toMatchObject({ state: 'planned' })
  })

  it('keeps the benches that commands work at, and is not removed under them', async () => {
    const { sample, place } = await usedPlace({})
    const [living, unmarked, old] = ['living', 'unmarked', 'old'].map((name) =>
      join(place.directory, 'benches', name),
    ) as [string, string, string]
    for (const bench of [living, unmarked, old]) mkdirSync(join(bench, 'slots'), { recursive: true })
    await markPlace(living, { ownerId: 'check', db: null })
    // Nobody can tell whether this one lives, and no command takes so long.
    await markPlace(old, { ownerId: 'far', db: null })
    const mark = join(old, 'in-use-by', 'far.json')
    writeFileSync(
      mark,
      readFileSync(mark, 'utf8').replace(`"host":"${processIdentity().host}"`, '"host":"far"'),
    )
    utimesSync(old, 1, 1)
    const things = await clean(place, WITH_HISTORY)
    expect(things).toContainEqual(expect.objectContaining({ name: 'trees of commands', remove: false }))
    expect([living, unmarked, old].map((bench) => existsSync(bench))).toEqual([true, true, false])
    const removing = uninstall(uninstalling(sample, place), NOTHING)
    await expect(removing).rejects.toMatchObject({
      code: 'place_in_use',
      message: expect.stringContaining(living),
    })
    expect(existsSync(join(living, 'slots'))).toBe(true)
  })

  it('is not removed under a command that began while its slots went', async () => {
    const { sample, place } = await usedPlace({})
    const slots = manySlots(place)
    const removing = uninstall(uninstalling(sample, place), NOTHING).catch((thrown: unknown) => thrown)
    while (existsSync(slots)) await setImmediate()
    const late = join(place.directory, 'benches', 'late')
    await markPlace(late, { ownerId: 'late', db: null })
    expect(await removing).toMatchObject({ code: 'place_in_use', message: expect.stringContaining(late) })
    expect(existsSync(join(late, 'in-use-by')) && existsSync(place.db)).toBe(true)
  })

  it('lists no store that was removed, by whatever path that was named, also where a kill came between', async () => {
    const sample = engineSample(letterFiles)
    const folder = join(sample.stateHome, 'folder')
    mkdirSync(folder)
    symlinkSync(folder, join(sample.stateHome, 'alias'))
    const db = join(sample.stateHome, 'alias', 'other.db')
    let directory = ''
    {
      await using engine = await sample.open({ 'state.db': db })
      directory = engine.stateDirectory
    }
    const listed = (): unknown => JSON.parse(readFileSync(join(directory, 'stores.json'), 'utf8'))
    expect(listed()).toEqual([join(folder, 'other.db')])
    await noteStore(directory, db)
    expect(listed()).toHaveLength(1)
    // As a kill leaves it when the file is gone, and its log is not.
    writeFileSync(join(directory, 'stores.json'), JSON.stringify([{ removing: join(folder, 'other.db') }]))
    renameSync(db, `${db}-wal`)
    const place = { directory, db }
    expect(whyUnknown(place)).toEqual([])
    const things = await clean(place, WITH_HISTORY)
    expect(things.filter(({ kept }) => kept !== null)).toEqual([])
    expect([readdirSync(folder), listed()]).toEqual([[], []])
    const engine = await sample.open({ 'state.db': db })
    await engine[Symbol.asyncDispose]()
    expect(listed()).toEqual([join(folder, 'other.db')])
  })

  it('lists a store until it is gone, also where a link led to it, and where it could not be removed', async () => {
    const sample = engineSample(letterFiles)
    const [real, db] = [join(sample.stateHome, 'real.db'), join(sample.stateHome, 'link.db')]
    writeFileSync(real, '')
    symlinkSync(real, db)
    let directory = ''
    {
      await using engine = await sample.open({ 'state.db': db })
      directory = engine.stateDirectory
    }
    const listed = (): unknown => JSON.parse(readFileSync(join(directory, 'stores.json'), 'utf8'))
    const failing = (): Promise<void> => {
      expect(listed()).toEqual([{ removing: real }])
      return Promise.reject(new Error('not now'))
    }
    await expect(removeListed(directory, db, failing)).rejects.toThrow('not now')
    expect([listed(), storesOf({ directory, db })]).toEqual([
      [{ removing: real }],
      expect.arrayContaining([real]),
    ])
    await noteStore(directory, db)
    expect(listed()).toEqual([real])
    // Somebody was here before who removes it had the place.
    await removeListed(directory, db, () => Promise.resolve())
    expect(listed()).toEqual([real])
    // A kill behind the store, and before its log and its link.
    const killed = JSON.stringify([{ removing: real }])
    writeFileSync(join(directory, 'stores.json'), killed)
    renameSync(real, `${real}-wal`)
    expect(whyUnknown({ directory, db })).toEqual([])
    await clean({ directory, db }, WITH_HISTORY)
    const left = readdirSync(sample.stateHome).filter((name) => /^(?:real|link)\.db/.test(name))
    expect([left, listed()]).toEqual([[], []])
  })

  it('is removed with what a kill left of its store behind a link', async () => {
    const { sample, place } = await usedPlace({})
    const disk = join(sample.stateHome, 'disk')
    mkdirSync(disk)
    renameSync(place.db, join(disk, 'real.db-wal'))
    symlinkSync(join(disk, 'real.db'), place.db)
    const request = uninstalling(sample, place)
    const plan = await uninstallPlan(request)
    expect(plan.outside).toEqual([join(disk, 'real.db-wal')])
    await uninstall(request, plan)
    expect([readdirSync(disk), existsSync(place.directory)]).toEqual([[], false])
  })

  it('keeps the work of a store whose disk is not there, whatever is entered meanwhile', async () => {
    const { sample, place } = await usedPlace(NEVER, { works: true })
    const disk = join(sample.stateHome, 'disk')
    mkdirSync(disk)
    const real = join(disk, 'store.db')
    for (const name of readdirSync(place.directory).filter((each) => each.startsWith('store.db')))
      renameSync(join(place.directory, name), join(disk, name))
    symlinkSync(real, place.db)
    for (const mountPoint of [false, true]) {
      renameSync(disk, `${disk}.away`)
      if (mountPoint) mkdirSync(disk)
      await expect(sample.open()).rejects.toMatchObject({
        code: 'state_unusable',
        message: `the link ${place.db} leads to ${real}, and no store is there`,
      })
      const things = await clean(place, WITH_HISTORY)
      expect(things.find(({ name }) => name === 'git objects of tasks')?.kept).toContain('is not there')
      expect(existsSync(real)).toBe(false)
      if (mountPoint) rmdirSync(disk)
      renameSync(`${disk}.away`, disk)
    }
    expect((await uninstallPlan(uninstalling(sample, place))).unlanded).toEqual(['A'])
  })

  it('tells no store that went with it to be lost where it is removed half way', async () => {
    const { sample, place } = await usedPlace({})
    const within = { 'state.db': join(place.directory, 'within.db') }
    await closed(sample.open(within))
    const slots = manySlots(place)
    const removing = uninstall(uninstalling(sample, place), NOTHING).catch((thrown: unknown) => thrown)
    while (existsSync(slots)) await setImmediate()
    renameSync(place.db, join(sample.stateHome, 'moved.db'))
    expect(await removing).toMatchObject({ code: 'store_unavailable' })
    expect([existsSync(within['state.db']), whyUnknown(place)]).toEqual([false, []])
    await closed(sample.open(within))
  })

  it('goes whatever stands where a store was that lay in it', async () => {
    const { sample, place } = await usedPlace({})
    const within = join(place.directory, 'within.db')
    await closed(sample.open({ 'state.db': within }))
    rmSync(within)
    mkdirSync(within)
    const request = uninstalling(sample, place)
    await uninstall(request, await uninstallPlan(request))
    expect(existsSync(place.directory)).toBe(false)
  })

  it('tells all that goes with a state directory that a link leads to', async () => {
    const { sample, place } = await usedPlace({})
    const directory = join(sample.stateHome, 'link')
    symlinkSync(place.directory, directory)
    await closed(sample.open({ 'state.db': join(place.directory, 'within.db') }))
    const plan = await uninstallPlan(uninstalling(sample, { directory, db: join(directory, 'store.db') }))
    expect([plan.outside, plan.kept]).toEqual([[], []])
  })

  it('says which store stays when it goes', async () => {
    const sample = engineSample(letterFiles)
    const [first, second] = ['first.db', 'second.db'].map((name) => join(sample.stateHome, name)) as [
      string,
      string,
    ]
    let directory = ''
    writeFileSync(second, '')
    symlinkSync(second, `${second}.link`)
    for (const db of [first, second]) {
      await using engine = await sample.open({ 'state.db': db })
      directory = engine.stateDirectory
    }
    // One that lies where everything goes, goes with it.
    const within = join(directory, 'within.db')
    await closed(sample.open({ 'state.db': within }))
    const request = uninstalling(sample, { directory, db: `${second}.link` })
    const plan = await uninstallPlan(request)
    expect(plan.kept).toEqual([first])
    await uninstall(request, plan)
    expect([existsSync(first), existsSync(second), existsSync(directory)]).toEqual([true, false, false])
  })

  it('is cleaned whatever its own store is, where another one is configured', async () => {
    const { sample, place } = await usedPlace({})
    using newer = new DatabaseSync(place.db)
    newer.exec('INSERT INTO schema_version (version, applied_at) VALUES (999, 1)')
    const elsewhere = { ...place, db: join(sample.stateHome, 'other.db') }
    await clean(elsewhere, { history: false })
    expect(existsSync(join(place.directory, 'slots'))).toBe(false)
    const things = await clean(elsewhere, WITH_HISTORY)
    expect(things.find(({ name }) => name === 'git objects of tasks')?.kept).toContain('schema 999')
  })

  it('says why its store could not be removed, once', async () => {
    const { place } = await usedPlace({})
    const removing = async (): Promise<void> => {
      await using kept = await takeKept(place)
      renameSync(place.db, `${place.db}.moved`)
      await removeStore(kept, place.db)
    }
    await expect(removing()).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it.each<[string, (path: string) => void]>([
    ['a file', (path) => writeFileSync(path, '')],
    ['a circle of links', (path) => symlinkSync(path, path)],
  ])('is said to be unusable where %s stands in its place, or above it', async (_, put) => {
    const sample = engineSample(letterFiles)
    const taken = join(sample.stateHome, 'taken')
    put(taken)
    for (const directory of [taken, join(taken, 'below')]) {
      const place = { directory, db: join(directory, 'store.db') }
      const refused = { code: 'state_unusable' }
      await expect(clean(place, WITH_HISTORY)).rejects.toMatchObject(refused)
      await expect(uninstall(uninstalling(sample, place), NOTHING)).rejects.toMatchObject(refused)
    }
  })

  it('leaves no copy of a store of an earlier schema behind', async () => {
    const sample = engineSample(letterFiles)
    const db = join(sample.stateHome, 'folder', 'other.db')
    const engine = await sample.open({ 'state.db': db })
    await engine[Symbol.asyncDispose]()
    for (const copy of ['.schema-7.bak', '.schema-8.bak.making']) writeFileSync(db + copy, '')
    const mine = ['.schema-notes', '.salvaging-notes', '.salvaged-no'].map((ending) => `other.db${ending}`)
    for (const name of mine) writeFileSync(join(dirname(db), name), '')
    const request = uninstalling(sample, { directory: engine.stateDirectory, db })
    await uninstall(request, await uninstallPlan(request))
    expect(readdirSync(dirname(db)).toSorted()).toEqual(mine.toSorted())
  })
})

/** A place whose run was killed with everything in the log: the tests of a task are accepted, and it has not landed. */
async function killedPlace(): Promise<{ readonly sample: EngineSample; readonly place: Place }> {
  const sample = engineSample(letterFiles)
  const left = join(sample.stateHome, 'left.db')
  let place: Place = { directory: '', db: '' }
  {
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(NEVER))
    await sample.run(engine, playedSession(NEVER))
    const { stateDirectory: directory } = engine
    place = { directory, db: join(directory, 'store.db') }
    copyStore(place.db, left)
  }
  using db = new DatabaseSync(left)
  db.exec('UPDATE owner SET released = 1')
  copyStore(left, place.db)
  expect((await cleaningPlan(place, WITH_HISTORY)).every(({ remove }) => !remove)).toBe(false)
  return { sample, place }
}

function copyStore(from: string, to: string): void {
  for (const ending of ['', '-wal']) copyFileSync(from + ending, to + ending)
}

/** What takes a while to be removed. */
function manySlots({ directory }: Place): string {
  const slots = join(directory, 'slots', 'many')
  mkdirSync(slots, { recursive: true })
  for (let file = 0; file < FILES; file += 1) writeFileSync(join(slots, String(file)), '')
  return slots
}
