import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clean, cleaningPlan } from '../../src/engine/clean.ts'
import { uninstall, uninstallPlan } from '../../src/engine/uninstall.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { overwrite, placeOf } from '../support/damage.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { leaveBehind } from '../support/killed-user.ts'
import { letterFiles } from '../support/letters.ts'
import { playedPlan } from '../support/played-tasks.ts'
import { NEVER, uninstalling, type Used, usedPlace } from '../support/used-place.ts'

const WITH_HISTORY = { history: true }
const AGREED = { unlanded: [], unknown: [] }

describe('clean and uninstall', () => {
  it.each(['clean', 'uninstall'] as const)(
    'leave a place alone that another store is worked in: %s',
    async (way) => {
      const sample = engineSample(letterFiles)
      await using engine = await sample.open()
      const { stateDirectory: directory } = engine
      const done = putAway(way, sample, { directory, db: join(sample.stateHome, 'none.db') })
      await expect(done).rejects.toMatchObject({ code: 'place_in_use' })
      expect(existsSync(join(directory, 'store.db'))).toBe(true)
      expect(existsSync(join(directory, 'slots'))).toBe(true)
    },
  )

  it.each(['clean', 'uninstall'] as const)(
    'leave a place alone that a process of another machine works in, and do not say that they have its store: %s',
    async (way) => {
      const { sample, place } = await usedPlace({})
      const db = '/tmp/of-each-machine.db'
      const far = { ownerId: 'far', process: { ...processIdentity(), host: 'elsewhere' }, db }
      writeFileSync(join(place.directory, 'in-use-by', 'far.json'), JSON.stringify(far))
      await expect(putAway(way, sample, { ...place, db })).rejects.toMatchObject({ code: 'place_in_use' })
      expect(existsSync(place.db)).toBe(true)
    },
  )

  it.each(['clean', 'uninstall'] as const)('end what a killed user left running: %s', async (way) => {
    const { sample, place } = await usedPlace({})
    const left = leaveBehind(place.directory)
    const ended = once(left, 'exit')
    await putAway(way, sample, place)
    await ended
    expect(existsSync(join(place.directory, 'in-use-by'))).toBe(way === 'clean')
  })

  it.each(['clean', 'uninstall'] as const)('need nothing of a store that is damaged: %s', async (way) => {
    const { sample, place } = await usedPlace({ A: {} })
    overwrite(place.db, placeOf(place.db, 'runs'), 4_096)
    const before = readFileSync(place.db)
    mkdirSync(`${place.db}.salvaging-123456`)
    if (way === 'clean') {
      const things = await clean(place, WITH_HISTORY)
      expect(things.find(({ name }) => name === 'store')?.kept).toContain('is damaged')
      expect(readFileSync(place.db).equals(before)).toBe(true)
      expect(existsSync(join(place.directory, 'slots'))).toBe(false)
      expect(existsSync(`${place.db}.salvaging-123456`)).toBe(false)
    } else {
      const request = uninstalling(sample, place)
      const plan = await uninstallPlan(request)
      expect(plan.unknown).toEqual([expect.stringContaining('is damaged')])
      await uninstall(request, plan)
      expect(existsSync(place.directory)).toBe(false)
    }
  })

  it('keep what was handed in since they were planned', async () => {
    const { sample, place } = await usedPlace({})
    const planned = await cleaningPlan(place, WITH_HISTORY)
    expect(planned.find(({ name }) => name === 'store')?.remove).toBe(true)
    {
      await using engine = await sample.open()
      await sample.ingest(engine, playedPlan({ A: {} }))
    }
    const done = await clean(place, WITH_HISTORY)
    expect(done.find(({ name }) => name === 'store')).toMatchObject({
      remove: false,
      kept: expect.stringMatching(/^run .* has not ended$/),
    })
    expect(existsSync(place.db)).toBe(true)
  })

  it('remove no accepted work that was not listed', async () => {
    const { sample, place } = await usedPlace(NEVER, { works: true })
    const request = uninstalling(sample, place)
    await expect(uninstall(request, AGREED)).rejects.toMatchObject({
      code: 'task_state',
      message: 'nothing was removed: A has not landed. That was not listed.',
    })
    expect(existsSync(join(place.directory, 'objects.git'))).toBe(true)
    const plan = await uninstallPlan(request)
    expect(plan.unlanded).toEqual(['A'])
    await uninstall(request, plan)
    expect(existsSync(place.directory)).toBe(false)
  })

  it('remove a store that lies elsewhere with all beside it, and say so before', async () => {
    const sample = engineSample(letterFiles)
    const db = join(sample.stateHome, 'other', 'other.db')
    const engine = await sample.open({ 'state.db': db })
    await engine[Symbol.asyncDispose]()
    writeFileSync(`${db}.salvaged-12345678`, '')
    const place = { directory: engine.stateDirectory, db }
    const request = uninstalling(sample, place)
    const plan = await uninstallPlan(request)
    expect(plan.outside).toEqual([db, `${db}-transcripts`, `${db}.salvaged-12345678`])
    await uninstall(request, plan)
    expect(readdirSync(join(sample.stateHome, 'other'))).toEqual([])
  })

  it.each(['the state directory', 'the store'])('remove what a link leads to: %s', async (what) => {
    const { sample, place } = await usedPlace({ A: {} })
    const [from, to] = [
      what === 'the store' ? place.db : place.directory,
      join(sample.repo.directory, 'moved'),
    ]
    renameSync(from, to)
    symlinkSync(to, from)
    const request = uninstalling(sample, place)
    const plan = await uninstallPlan(request)
    expect(plan.bytes).toBeGreaterThan(50_000)
    expect(plan.outside).toEqual(what === 'the store' ? [to] : [])
    await uninstall(request, plan)
    expect([existsSync(to), existsSync(place.directory)]).toEqual([false, false])
    expect(lstatSync(place.directory, { throwIfNoEntry: false })).toBeUndefined()
    expect(readdirSync(sample.repo.directory).filter((name) => name.startsWith('moved'))).toEqual([])
  })
})

describe('objects', () => {
  it('stay while any store has work in them that has not ended', async () => {
    const { place, other } = await worksInTwo()
    expect(keptObjects(await cleaningPlan(place, WITH_HISTORY))).toMatch(/^run .* has not ended$/)
    expect(existsSync(other)).toBe(true)
  })

  it.each<[string, (list: string, other: string) => void, RegExp]>([
    [
      'the list of these stores was cut off',
      (list) => writeFileSync(list, '["'),
      /stores\.json.* cannot be read$/,
    ],
    [
      'one of them is not there',
      (list) => writeFileSync(list, '["/not/there.db"]'),
      /^the store \/not\/there\.db.* is not there/,
    ],
  ])('stay where %s', async (_, spoil, why) => {
    const { sample, place, other } = await worksInTwo()
    const list = join(place.directory, 'stores.json')
    spoil(list, other)
    const spoilt = readFileSync(list, 'utf8')
    expect(keptObjects(await clean(place, WITH_HISTORY))).toMatch(why)
    expect(existsSync(join(place.directory, 'objects.git'))).toBe(true)
    const engine = await sample.open({ 'state.db': other })
    await engine[Symbol.asyncDispose]()
    expect(readFileSync(list, 'utf8')).toContain(spoilt.replace(/\]$/, ''))
  })

  it('go once the only store that had work in them was removed as well', async () => {
    const sample = engineSample(letterFiles)
    const db = join(sample.stateHome, 'other.db')
    const engine = await sample.open({ 'state.db': db })
    await engine[Symbol.asyncDispose]()
    const { stateDirectory: directory } = engine
    await clean({ directory, db }, WITH_HISTORY)
    expect(existsSync(db)).toBe(false)
    expect(
      keptObjects(await cleaningPlan({ directory, db: join(directory, 'store.db') }, WITH_HISTORY)),
    ).toBeNull()
  })
})

/** A place with a store of its own and work in another one. */
async function worksInTwo(): Promise<Used & { readonly other: string }> {
  const { sample, place } = await usedPlace({})
  const other = join(sample.stateHome, 'other.db')
  await using engine = await sample.open({ 'state.db': other })
  await sample.ingest(engine, playedPlan({ A: {} }))
  return { sample, place, other }
}

function keptObjects(things: Awaited<ReturnType<typeof cleaningPlan>>): string | null | undefined {
  return things.find(({ name }) => name === 'git objects of tasks')?.kept
}

async function putAway(
  way: 'clean' | 'uninstall',
  sample: EngineSample,
  place: { readonly directory: string; readonly db: string },
): Promise<void> {
  if (way === 'clean') await clean(place, { history: false })
  else await uninstall(uninstalling(sample, place), AGREED)
}
