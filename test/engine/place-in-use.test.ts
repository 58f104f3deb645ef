import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clean, cleaningPlan, uninstall } from '../../src/engine/put-away.ts'
import { takePlace } from '../../src/engine/place-in-use.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { uniqueSleep } from '../support/contained.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import { playedPlan } from '../support/played-tasks.ts'

const PLACE_USER = new URL('../support/place-user.ts', import.meta.url).pathname

/** What a user of the place left running that was killed. */
function leaveBehind(directory: string): ChildProcess {
  const owner = `killed-${process.pid}-${systemClock.id(6)}`
  execFileSync(process.execPath, [PLACE_USER, directory, owner])
  const left = spawn('sleep', [uniqueSleep()], { env: { PATH: '/usr/bin:/bin', TDD_MARK: `${owner}.1` } })
  onTestFinished(() => void left.kill('SIGKILL'))
  return left
}

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
  })

  it.each(['clean', 'uninstall'] as const)(
    'is kept by %s while another store is worked there',
    async (way) => {
      const sample = engineSample(letterFiles)
      await using engine = await sample.open()
      const place = { directory: engine.stateDirectory, db: join(sample.stateHome, 'none.db') }
      const request = { place, gitDir: join(sample.repo.root, '.git'), env: sample.env }
      const done =
        way === 'uninstall'
          ? uninstall(request)
          : cleaningPlan(place, { history: true }).then((plan) => clean(place, plan))
      await expect(done).rejects.toMatchObject({ code: 'place_in_use' })
      expect(existsSync(join(engine.stateDirectory, 'store.db'))).toBe(true)
      expect(existsSync(join(engine.stateDirectory, 'slots'))).toBe(true)
    },
  )

  it.each(['clean', 'uninstall'] as const)('is rid by %s of what a killed user left running', async (way) => {
    const sample = engineSample(letterFiles)
    const engine = await sample.open()
    await engine[Symbol.asyncDispose]()
    const { stateDirectory: directory } = engine
    const left = leaveBehind(directory)
    const ended = once(left, 'exit')
    const place = { directory, db: join(directory, 'store.db') }
    const request = { place, gitDir: join(sample.repo.root, '.git'), env: sample.env }
    if (way === 'uninstall') await uninstall(request)
    else await clean(place, await cleaningPlan(place, { history: false }))
    await ended
    expect(existsSync(join(directory, 'in-use-by'))).toBe(way === 'clean')
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

  it('keeps its objects while any store has work in them that has not ended', async () => {
    const sample = engineSample(letterFiles)
    const engine = await sample.open({ 'state.db': join(sample.stateHome, 'other.db') })
    await sample.ingest(engine, playedPlan({ A: {} }))
    await engine[Symbol.asyncDispose]()
    const { stateDirectory: directory } = engine
    const plan = await cleaningPlan({ directory, db: join(directory, 'store.db') }, { history: true })
    expect(plan.find(({ name }) => name === 'git objects of tasks')).toMatchObject({
      remove: false,
      kept: expect.stringMatching(/^run .* has not ended$/),
    })
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
