import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SetupImages } from '../../src/git/setup-images.ts'
import type { SlotDirectories } from '../../src/git/trees.ts'
import { systemClock } from '../../src/runtime/clock.ts'

const never = new AbortController().signal

/** Slots side by side, and how often setup ran in them. */
function slots(write: (place: SlotDirectories) => void) {
  const directory = mkdtempSync(join(tmpdir(), 'images-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  let runs = 0
  const images = (): SetupImages => new SetupImages(join(directory, 'images'), systemClock)
  const shared = images()
  const slot = (name: string): SlotDirectories => {
    const place = {
      slot: name,
      directory: join(directory, 'slots', name, 'tree'),
      home: join(directory, 'slots', name, 'home'),
      temp: join(directory, 'slots', name, 'tmp'),
    }
    for (const made of [place.directory, place.home, place.temp]) mkdirSync(made, { recursive: true })
    return place
  }
  const setUp = async (place: SlotDirectories, by = shared, signal = never): Promise<SlotDirectories> => {
    await by.bring('one', place, {
      install: async () => {
        runs += 1
        await systemClock.sleep(1)
        write(place)
      },
      settle: () => Promise.resolve(FOLDERS.filter((folder) => existsSync(join(place.directory, folder)))),
      signal,
    })
    return place
  }
  return { directory, images, slot, setUp, runs: () => runs }
}

const FOLDERS = ['node_modules', 'packages/a/node_modules']

function install({ directory, home }: SlotDirectories): void {
  const lib = join(directory, 'node_modules/lib')
  mkdirSync(join(lib, 'bin'), { recursive: true })
  mkdirSync(join(directory, 'node_modules/.bin'))
  mkdirSync(join(directory, 'packages/a/node_modules'), { recursive: true })
  writeFileSync(join(lib, 'bin/run'), '#!/bin/sh\n', { mode: 0o755 })
  utimesSync(join(lib, 'bin/run'), 1_000_000_000, 1_000_000_000)
  symlinkSync('../lib/bin/run', join(directory, 'node_modules/.bin/run'))
  symlinkSync('../../../node_modules/lib', join(directory, 'packages/a/node_modules/lib'))
  symlinkSync('/usr/bin/env', join(home, 'env'))
  writeFileSync(join(home, 'tool'), 'of HOME\n')
  mkdirSync(join(home, 'locked'))
  writeFileSync(join(home, 'locked/file'), '', { mode: 0o444 })
  chmodSync(join(home, 'locked'), 0o555)
  mkdirSync(join(home, '.npm/_logs'), { recursive: true })
  writeFileSync(join(home, '.npm/_logs/now.log'), `started in ${directory}`)
}

function imageIn(directory: string): string {
  const images = join(directory, 'images')
  const name = readdirSync(images).find((entry) => !entry.endsWith('.json'))
  if (name === undefined) throw new Error('no image was kept')
  return join(images, name)
}

describe('images of what setup left', () => {
  it('run setup once for many slots at the same time, each of which gets files of its own', async () => {
    const { slot, setUp, runs } = slots(install)
    const places = await Promise.all(['one', 'two', 'three'].map((name) => setUp(slot(name))))
    expect(runs()).toBe(1)
    for (const { directory, home } of places) {
      const run = lstatSync(join(directory, 'node_modules/lib/bin/run'))
      expect(run.mode & 0o777).toBe(0o755)
      expect(run.mtimeMs).toBe(1_000_000_000_000)
      expect(run.nlink).toBe(1)
      expect(readlinkSync(join(directory, 'packages/a/node_modules/lib'))).toBe('../../../node_modules/lib')
      expect(readFileSync(join(directory, 'node_modules/.bin/run'), 'utf8')).toBe('#!/bin/sh\n')
      expect(readFileSync(join(home, 'tool'), 'utf8')).toBe('of HOME\n')
      expect(lstatSync(join(home, 'locked')).mode & 0o777).toBe(0o555)
    }
    const [, , last] = places
    expect(existsSync(join(last?.home ?? '', '.npm/_logs'))).toBe(false)
  })

  it('are found by the next process', async () => {
    const { images, slot, setUp, runs } = slots(install)
    await setUp(slot('one'))
    await setUp(slot('two'), images())
    expect(runs()).toBe(1)
  })

  it.each<[string, (place: SlotDirectories) => void]>([
    [
      'a text',
      ({ directory }) => writeFileSync(join(directory, 'node_modules/pyvenv.cfg'), `home = ${directory}\n`),
    ],
    [
      'a text across parts that are read',
      ({ directory }) =>
        writeFileSync(join(directory, 'node_modules/large'), `${'x'.repeat(1024 ** 2 - 9)}${directory}`),
    ],
    ['a link', ({ directory }) => symlinkSync(join(directory, 'src'), join(directory, 'node_modules/src'))],
    ['a link that climbs', ({ home }) => symlinkSync('../../one/tree', join(home, 'tree'))],
    ['a FIFO', ({ home }) => execFileSync('mkfifo', [join(home, 'fifo')])],
  ])('are not kept where %s leads into one slot', async (_, spoil) => {
    const { slot, setUp, runs } = slots((place) => {
      install(place)
      spoil(place)
    })
    await setUp(slot('one'))
    await setUp(slot('two'))
    expect(runs()).toBe(2)
  })

  it('are given up where anybody changed one', async () => {
    const { images, slot, setUp, runs, directory } = slots(install)
    await setUp(slot('one'))
    writeFileSync(join(imageIn(directory), 'tree/node_modules/lib/bin/run'), '#!/bin/sh\n')
    const { home } = await setUp(slot('two'), images())
    expect(runs()).toBe(2)
    expect(readFileSync(join(home, 'tool'), 'utf8')).toBe('of HOME\n')
    await setUp(slot('three'), images())
    expect(runs()).toBe(2)
  })

  it('write nowhere else where a tree has a link in place of a folder', async () => {
    const { images, slot, setUp, runs, directory } = slots(install)
    await setUp(slot('one'))
    const outside = join(directory, 'outside')
    mkdirSync(outside)
    const two = slot('two')
    symlinkSync(outside, join(two.directory, 'packages'))
    await images()
      .bring('one', two, { install: async () => {}, settle: async () => Promise.resolve([]), signal: never })
      .catch(() => {})
    expect(existsSync(join(outside, 'a'))).toBe(false)
    expect(existsSync(join(two.directory, 'node_modules'))).toBe(false)
    expect(runs()).toBe(1)
  })

  it('leave a slot as it was where the image is broken off', async () => {
    const { images, slot, setUp, runs, directory } = slots(install)
    await setUp(slot('one'))
    rmSync(join(imageIn(directory), 'home'), { recursive: true })
    await setUp(slot('two'), images())
    expect(runs()).toBe(2)
  })

  it('make nobody wait who is told to stop', async () => {
    const { slot, setUp, images } = slots(install)
    const by = images()
    const stop = new AbortController()
    const first = setUp(slot('one'), by)
    const second = setUp(slot('two'), by, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(second).rejects.toThrow('stopped')
    await first
  })
})
