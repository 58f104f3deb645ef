import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { takePlace } from '../../src/engine/place-in-use.ts'
import { removeEmptyPlace, removePlace } from '../../src/engine/remove-place.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { engineSample } from '../support/engine-sample.ts'
import { leaveBehind } from '../support/killed-user.ts'
import { letterFiles } from '../support/letters.ts'

/** So many are not removed at once. */
const FILES = 2_000

describe('the place of a repository', () => {
  it('is refused to who comes with another store, whoever has it goes on, and is free behind it', async () => {
    const sample = engineSample(letterFiles)
    const other = { 'state.db': join(sample.stateHome, 'other.db') }
    const engine = await sample.open()
    await expect(sample.open(other)).rejects.toMatchObject({
      code: 'place_in_use',
      message: expect.stringContaining(join(engine.stateDirectory, 'store.db')),
    })
    await engine[Symbol.asyncDispose]()
    expect(readdirSync(join(engine.stateDirectory, 'in-use-by'))).toEqual([])
    await using second = await sample.open(other)
    await expect(sample.open()).rejects.toMatchObject({ code: 'place_in_use' })
    expect(second.stateDirectory).toBe(engine.stateDirectory)
  })

  it('is had by at most one of many who come at once', async () => {
    const { stateHome } = engineSample(letterFiles)
    const exec = createExec({ ownerId: 'owner' })
    const comers = Array.from({ length: 20 }, (_, at) =>
      takePlace(exec, stateHome, { ownerId: `owner-${at}`, db: null }).then(
        () => 'had',
        (thrown: { code: string }) => thrown.code,
      ),
    )
    const came = await Promise.all(comers)
    expect(came.filter((each) => each === 'had').length).toBeLessThanOrEqual(1)
    expect(new Set(came.filter((each) => each !== 'had'))).toEqual(new Set(['place_in_use']))
    if (came.includes('had')) return
    await takePlace(exec, stateHome, { ownerId: 'alone', db: null })
    expect(readdirSync(join(stateHome, 'in-use-by'))).toEqual(['alone.json'])
  })

  it('is kept by a process of another machine, until its store is had', async () => {
    const { stateHome } = engineSample(letterFiles)
    const [marks, db] = [join(stateHome, 'in-use-by'), join(stateHome, 'store.db')]
    mkdirSync(marks)
    const elsewhere = { ...processIdentity(), host: 'elsewhere' }
    writeFileSync(join(marks, 'far.json'), JSON.stringify({ ownerId: 'far', process: elsewhere, db }))
    const exec = createExec({ ownerId: 'owner' })
    const other = { ownerId: 'next', db: join(stateHome, 'other.db') }
    await expect(takePlace(exec, stateHome, other)).rejects.toMatchObject({
      code: 'place_in_use',
      hint: expect.stringContaining(join(marks, 'far.json')),
    })
    expect(readdirSync(marks)).toEqual(['far.json'])
    await takePlace(exec, stateHome, { ...other, db })
    expect(readdirSync(marks)).toEqual(['next.json'])
  })

  it('is kept by a process of another machine where its store may be another file there', async () => {
    const { stateHome } = engineSample(letterFiles)
    const [marks, db] = [join(stateHome, 'in-use-by'), '/tmp/of-each-machine.db']
    mkdirSync(marks)
    const elsewhere = { ...processIdentity(), host: 'elsewhere' }
    writeFileSync(join(marks, 'far.json'), JSON.stringify({ ownerId: 'far', process: elsewhere, db }))
    const taking = takePlace(createExec({ ownerId: 'owner' }), stateHome, { ownerId: 'next', db })
    await expect(taking).rejects.toMatchObject({ code: 'place_in_use' })
    expect(readdirSync(marks)).toEqual(['far.json'])
  })

  it('is free of a process of another container once its store is ours, wherever that lies', async () => {
    const { stateHome } = engineSample(letterFiles)
    const [place, db] = [join(stateHome, 'place'), join(stateHome, 'elsewhere.db')]
    const exec = createExec({ ownerId: 'owner' })
    writeFileSync(db, '')
    await takePlace(exec, place, { ownerId: 'far', db })
    const mark = join(place, 'in-use-by', 'far.json')
    const { process, ...rest } = JSON.parse(readFileSync(mark, 'utf8')) as Record<string, object>
    const far = { ...process, bootId: `${processIdentity().bootId.split(' ')[0]} pid:[1]` }
    writeFileSync(mark, JSON.stringify({ ...rest, process: far }))
    const other = join(stateHome, 'other.db')
    writeFileSync(other, '')
    for (const owned of [null, other])
      await expect(takePlace(exec, place, { ownerId: 'next', db: owned })).rejects.toMatchObject({
        code: 'place_in_use',
      })
    symlinkSync(db, join(stateHome, 'alias.db'))
    await takePlace(exec, place, { ownerId: 'next', db: join(stateHome, 'alias.db') })
    expect(readdirSync(join(place, 'in-use-by'))).toEqual(['next.json'])
  })

  it('cannot be used where nobody can say that he works there', async () => {
    const { stateHome } = engineSample(letterFiles)
    writeFileSync(join(stateHome, 'in-use-by'), '')
    const taking = takePlace(createExec({ ownerId: 'owner' }), stateHome, { ownerId: 'next', db: null })
    await expect(taking).rejects.toMatchObject({ code: 'state_unusable' })
  })

  it('is whose it was until nothing else is left of it', async () => {
    const { stateHome } = engineSample(letterFiles)
    const [place, marks] = [join(stateHome, 'place'), join(stateHome, 'place', 'in-use-by')]
    const exec = createExec({ ownerId: 'owner' })
    mkdirSync(join(place, 'trees'), { recursive: true })
    for (let file = 0; file < FILES; file += 1) writeFileSync(join(place, 'trees', String(file)), '')
    await takePlace(exec, place, { ownerId: 'next', db: null })
    let looks = 0
    const removed = removePlace(place)
    while (existsSync(join(place, 'trees'))) {
      expect(readdirSync(marks)).toEqual(['next.json'])
      looks += 1
      await setImmediate()
    }
    await removed
    expect(looks).toBeGreaterThan(1)
    expect(existsSync(place)).toBe(false)
    // Somebody may have cleaned it away before its owner does.
    await expect(removePlace(place)).resolves.toBeUndefined()
  })

  it('stays where somebody began anew in it', async () => {
    const { stateHome } = engineSample(letterFiles)
    mkdirSync(join(stateHome, 'in-use-by'))
    writeFileSync(join(stateHome, 'store.db'), '')
    await removeEmptyPlace(stateHome)
    expect(readdirSync(stateHome)).toEqual(['store.db'])
  })

  it('is free where its user was killed, and what that one left running is ended', async () => {
    const { stateHome } = engineSample(letterFiles)
    const left = leaveBehind(stateHome)
    const ended = once(left, 'exit')
    const exec = createExec({ ownerId: 'owner' })
    const giveBack = await takePlace(exec, stateHome, { ownerId: 'next', db: null })
    await ended
    expect(readdirSync(join(stateHome, 'in-use-by'))).toEqual(['next.json'])
    await giveBack()
    expect(readdirSync(join(stateHome, 'in-use-by'))).toEqual([])
  })
})
