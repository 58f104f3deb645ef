import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TreeId } from '../../src/domain/evidence.ts'
import { SetupImages } from '../../src/git/setup-images.ts'
import type { SlotDirectories } from '../../src/git/trees.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Room } from '../../src/runtime/disk-use.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { treeOf } from '../support/open-temp-trees.ts'
import { tempRepo } from '../support/temp-repo.ts'

interface Limits {
  readonly mostBytes?: number
  readonly room?: (path: string) => Promise<Room>
}

interface Asked {
  readonly by?: SetupImages
  readonly key?: string
  readonly tree?: TreeId
  readonly signal?: AbortSignal
}

/** Slots side by side, set up by copies or each by itself, and for which of them setup ran. */
async function slots(write: (place: SlotDirectories) => void | Promise<void>, below = 'state') {
  const repo = tempRepo({ 'package.json': '{}\n', 'packages/a/package.json': '{}\n' })
  const git = await openTempGit(repo)
  const ofPeople = await treeOf(git)
  const directory = join(repo.directory, below)
  const ran: string[] = []
  const reasons: string[] = []
  const images = (limits: Limits = {}): SetupImages =>
    new SetupImages({
      git,
      directory: join(directory, 'images'),
      clock: systemClock,
      onUnfit: (reason) => reasons.push(reason),
      ...limits,
    })
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
  /** Answers whether the slot got a copy. */
  const copy = (place: SlotDirectories, asked: Asked & { readonly for?: string } = {}): Promise<boolean> => {
    const { by = shared, key = 'one', tree = ofPeople, signal = new AbortController().signal } = asked
    const install = async (at: SlotDirectories): Promise<void> => {
      ran.push(asked.for ?? place.slot)
      await systemClock.sleep(1)
      await write(at)
    }
    return by.copyTo(place, { key, tree }, { install, signal })
  }
  const setUp = async (name: string, asked: Asked = {}): Promise<SlotDirectories> => {
    const place = slot(name)
    if (await copy(place, asked)) return place
    ran.push(`${name} itself`)
    await write(place)
    return place
  }
  const other = await git.compose(
    ofPeople,
    new Map([['a.js', { mode: '100644', content: Buffer.from('a') }]]),
  )
  return { directory, images, shared, slot, copy, setUp, ran, reasons, ofPeople, other }
}

/** Since the epoch. */
const LONG_AGO = 1_000_000_000

function install({ directory, home }: SlotDirectories): void {
  const lib = join(directory, 'node_modules/lib')
  mkdirSync(join(lib, 'bin'), { recursive: true })
  mkdirSync(join(directory, 'node_modules/.bin'))
  mkdirSync(join(directory, 'packages/a/node_modules'), { recursive: true })
  writeFileSync(join(lib, 'bin/run'), '#!/bin/sh\n', { mode: 0o755 })
  utimesSync(join(lib, 'bin/run'), LONG_AGO, LONG_AGO)
  symlinkSync('../lib/bin/run', join(directory, 'node_modules/.bin/run'))
  symlinkSync('../../../node_modules/lib', join(directory, 'packages/a/node_modules/lib'))
  symlinkSync('/usr/bin/env', join(home, 'env'))
  writeFileSync(join(home, 'tool'), 'of HOME\n')
  mkdirSync(join(home, 'locked'))
  writeFileSync(join(home, 'locked/file'), '', { mode: 0o444 })
  chmodSync(join(home, 'locked'), 0o555)
  mkdirSync(join(home, '.npm/_logs'), { recursive: true })
  writeFileSync(join(home, '.npm/_logs/now.log'), `started in ${directory}`)
  for (const made of [lib, join(directory, 'node_modules')]) utimesSync(made, LONG_AGO, LONG_AGO)
}

function imagesIn(directory: string): string[] {
  const images = join(directory, 'images')
  if (!existsSync(images)) return []
  return readdirSync(images)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(images, name.replace('.json', '')))
}

function contentOf(place: SlotDirectories): string[] {
  return [place.directory, place.home].flatMap((at) => readdirSync(at))
}

describe('images of what setup left', () => {
  it('run setup once for many slots at the same time, each of which gets files of its own', async () => {
    const { setUp, ran } = await slots(install)
    const places = await Promise.all(['one', 'two', 'three'].map((name) => setUp(name)))
    expect(ran).toHaveLength(1)
    for (const { directory, home } of places) {
      const run = lstatSync(join(directory, 'node_modules/lib/bin/run'))
      expect([run.mode & 0o7777, run.mtimeMs, run.nlink]).toEqual([0o755, LONG_AGO * 1000, 1])
      for (const folder of ['node_modules', 'node_modules/lib'])
        expect(lstatSync(join(directory, folder)).mtimeMs).toBe(LONG_AGO * 1000)
      expect(readlinkSync(join(directory, 'packages/a/node_modules/lib'))).toBe('../../../node_modules/lib')
      expect(readFileSync(join(directory, 'node_modules/.bin/run'), 'utf8')).toBe('#!/bin/sh\n')
      expect(readFileSync(join(home, 'tool'), 'utf8')).toBe('of HOME\n')
      expect(lstatSync(join(home, 'locked')).mode & 0o777).toBe(0o555)
      expect(existsSync(join(home, '.npm/_logs'))).toBe(false)
    }
  })

  it('run setup in a place that holds the files of the tree and nothing else, and leave out what it made elsewhere', async () => {
    const { copy, slot, directory } = await slots((at) => {
      expect(readdirSync(at.directory).toSorted()).toEqual(['package.json', 'packages'])
      for (const around of [at.home, at.temp]) expect(readdirSync(around)).toEqual([])
      expect(at.directory.startsWith(join(directory, 'images'))).toBe(true)
      install(at)
      writeFileSync(join(at.directory, 'built.js'), '')
    })
    const one = slot('one')
    expect(await copy(one)).toBe(true)
    expect(readdirSync(one.directory).toSorted()).toEqual(['node_modules', 'packages'])
  })

  it('are found by the next process, and not for another key or tree', async () => {
    const { images, setUp, ran, other } = await slots(install)
    await setUp('one')
    await setUp('two', { by: images() })
    expect(ran).toEqual(['one'])
    await setUp('three', { by: images(), key: 'another' })
    await setUp('four', { by: images(), tree: other })
    expect(ran).toEqual(['one', 'three', 'four'])
    // One of another tree has given way.
    await setUp('five', { by: images() })
    expect(ran).toEqual(['one', 'three', 'four', 'five'])
  })

  it('are given up for good where a slot with one noticed no broken line', async () => {
    const { shared, images, setUp, ran, reasons, directory, ofPeople } = await slots(install)
    await setUp('one')
    const { signal } = new AbortController()
    expect(await shared.discard({ key: 'another', tree: ofPeople }, signal)).toBe(false)
    expect(await shared.discard({ key: 'one', tree: ofPeople }, signal)).toBe(true)
    expect(imagesIn(directory)).toEqual([])
    await shared.giveUp({ key: 'one', tree: ofPeople }, 'blind', signal)
    await setUp('two')
    await setUp('three', { by: images() })
    expect(ran).toEqual(['one', 'two itself', 'three itself'])
    expect(reasons, 'the next process tells it, too').toEqual(['blind', 'blind'])
    expect(imagesIn(directory)).toEqual([])
  })

  it.each<[string, (place: SlotDirectories, at: string) => void]>([
    ['a text', ({ directory }, at) => writeFileSync(join(at, 'pyvenv.cfg'), `home = ${directory}\n`)],
    [
      'a text across parts that are read',
      ({ directory }, at) => {
        // The longest spelling has two bytes for each character; so much of a part is read again with the next.
        const overlap = 2 * Buffer.byteLength(dirname(dirname(directory))) + 1
        writeFileSync(join(at, 'large'), `${'x'.repeat(1024 ** 2 + overlap - 9)}${directory}`)
      },
    ],
    [
      'a text of PHP',
      ({ directory }, at) => writeFileSync(join(at, 'a.json'), directory.replaceAll('/', '\\/')),
    ],
    [
      'a part of an address',
      ({ directory }, at) => writeFileSync(join(at, 'a'), encodeURIComponent(directory)),
    ],
    [
      'a text of two bytes a character',
      ({ directory }, at) => writeFileSync(join(at, 'a'), directory, 'utf16le'),
    ],
    ['a link', ({ directory }, at) => symlinkSync(join(directory, 'src'), join(at, 'src'))],
    ['a link that climbs', ({ home }) => symlinkSync('../../one/tree', join(home, 'tree'))],
    [
      'a link through a link',
      (_, at) => {
        symlinkSync('..', join(at, 'up'))
        symlinkSync('up/../../two/tree', join(at, 'x'))
      },
    ],
    ['a FIFO', ({ home }) => execFileSync('mkfifo', [join(home, 'fifo')])],
  ])('are not kept where %s leads into one slot, which the next process knows', async (_, spoil) => {
    const { images, setUp, ran, reasons, directory, other } = await slots((place) => {
      install(place)
      spoil(place, join(place.directory, 'node_modules'))
    })
    await setUp('one')
    await setUp('two')
    await setUp('three', { by: images(), tree: other })
    expect(ran).toEqual(['one', 'one itself', 'two itself', 'three itself'])
    expect(reasons).toEqual(Array(2).fill(expect.stringMatching(/^(tree|home)\/.* (names|is) /)))
    expect(imagesIn(directory)).toEqual([])
  })

  it('are not kept where the place of slots can be spelled in many ways', async () => {
    const { setUp, ran } = await slots(install, 'of Jürgen')
    await setUp('one')
    await setUp('two')
    expect(ran).toEqual(['one', 'one itself', 'two itself'])
  })

  it.each<[string, (image: string) => void]>([
    ['the tree', (image) => writeFileSync(join(image, 'tree/node_modules/lib/bin/run'), '#!/bin/sh\n')],
    ['HOME', (image) => writeFileSync(join(image, 'home/tool'), 'of HOME\n')],
    ['all of it', (image) => rmSync(image, { recursive: true })],
  ])('are made anew where anybody changed %s', async (_, change) => {
    const { images, setUp, ran, directory } = await slots(install)
    await setUp('one')
    change(imagesIn(directory)[0] ?? '')
    await setUp('two', { by: images() })
    await setUp('three', { by: images() })
    expect(ran).toEqual(['one', 'two'])
  })

  it('write nowhere else where a tree has a link in place of a folder, nor over what is there', async () => {
    const { images, slot, setUp, copy, directory } = await slots(install)
    await setUp('one')
    const outside = join(directory, 'outside')
    mkdirSync(outside)
    const two = slot('two')
    symlinkSync(outside, join(two.directory, 'packages'))
    expect(await copy(two, { by: images() })).toBe(false)
    expect(readdirSync(outside)).toEqual([])
    expect(contentOf(two)).toEqual(['packages'])
    const three = slot('three')
    mkdirSync(join(three.directory, 'node_modules'))
    expect(await copy(three, { by: images() })).toBe(false)
    expect(contentOf(three)).toEqual(['node_modules'])
  })

  it('leave nothing behind in a slot where copying breaks off', async () => {
    const { images, slot, setUp, copy, ran, directory } = await slots(install)
    await setUp('one')
    const two = slot('two')
    const room = (): Promise<Room> => {
      // In the way of a file of HOME, which comes behind the folders of the tree.
      writeFileSync(join(two.home, 'tool'), 'in the way\n')
      return Promise.resolve({ bytes: Infinity, entries: Infinity })
    }
    expect(await copy(two, { by: images({ room }) })).toBe(false)
    expect(contentOf(two)).toEqual(['packages'])
    expect(readdirSync(join(two.directory, 'packages/a'))).toEqual([])
    expect(ran).toEqual(['one'])
    expect(imagesIn(directory)).toHaveLength(1)
  })

  it('stop where they are told to, while they wait and while they copy', async () => {
    const { images, setUp, slot, copy } = await slots(install)
    const stop = new AbortController()
    const first = setUp('one')
    const second = setUp('two', { signal: stop.signal })
    stop.abort(new Error('stopped'))
    await expect(second).rejects.toThrow('stopped')
    await first
    const later = new AbortController()
    const room = (): Promise<Room> => {
      later.abort(new Error('stopped'))
      return Promise.resolve({ bytes: Infinity, entries: Infinity })
    }
    const three = slot('three')
    await expect(copy(three, { by: images({ room }), signal: later.signal })).rejects.toThrow('stopped')
    expect(contentOf(three)).toEqual([])
  })

  it('are made by the next one where who made one was stopped', async () => {
    const stop = new AbortController()
    const { setUp, ran, reasons } = await slots(async (place) => {
      install(place)
      if (stop.signal.aborted) return
      stop.abort(new Error('stopped'))
      await systemClock.sleep(5)
      throw new Error('stopped')
    })
    const first = setUp('one', { signal: stop.signal })
    const second = setUp('two')
    await expect(first).rejects.toThrow('stopped')
    await second
    await setUp('three')
    expect(ran).toEqual(['one', 'two'])
    expect(reasons).toEqual([])
  })

  it('let each who waits try for itself at once where setup failed, and later ones once more together', async () => {
    let failures = 1
    const { setUp, ran } = await slots((place) => {
      failures -= 1
      if (failures === 0) throw new Error('no network')
      install(place)
    })
    const ends = await Promise.allSettled(['one', 'two', 'three'].map((name) => setUp(name)))
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(ran.toSorted()).toEqual(['one', 'three itself', 'two itself'])
    await setUp('four')
    await setUp('five')
    expect(ran.slice(3)).toEqual(['four'])
  })

  it('let who comes while it fails try for itself as well', async () => {
    let failures = 1
    const { setUp, ran } = await slots(async (place) => {
      failures -= 1
      await systemClock.sleep(50)
      if (failures === 0) throw new Error('no network')
      install(place)
    })
    const first = setUp('one')
    await systemClock.sleep(20)
    const later = [setUp('two'), setUp('three')]
    await expect(first).rejects.toThrow('no network')
    await Promise.all(later)
    expect(ran.toSorted()).toEqual(['one', 'three itself', 'two itself'])
  })

  it('are not made by an owner whose place another one takes away', async () => {
    const { images, setUp, ran, directory } = await slots(async (place) => {
      install(place)
      if (ran.length > 1) return
      rmSync(dirname(place.directory), { recursive: true })
      for (const made of [place.directory, place.home, place.temp]) mkdirSync(made, { recursive: true })
    })
    await setUp('one')
    expect(ran).toEqual(['one', 'one itself'])
    expect(imagesIn(directory)).toEqual([])
    await setUp('two', { by: images() })
    expect(ran.slice(2)).toEqual(['two'])
  })

  it('are kept of nothing where setup left nothing', async () => {
    const { setUp, ran, reasons } = await slots(() => undefined)
    await setUp('one')
    expect([ran, reasons]).toEqual([['one', 'one itself'], ['it left nothing']])
  })

  it('see through a link to the place where they are made', async () => {
    const { images, setUp, ran, directory } = await slots((place) => {
      install(place)
      writeFileSync(join(place.directory, 'node_modules/where'), realpathSync(place.directory))
    })
    mkdirSync(join(directory, 'real'))
    symlinkSync('real', join(directory, 'images'))
    await setUp('one', { by: images() })
    expect(ran).toEqual(['one', 'one itself'])
  })

  it('give way for room on the disk', async () => {
    const { images, setUp, copy, slot, ran, directory } = await slots(install)
    await setUp('one', { key: 'one' })
    const room = (path: string): Promise<Room> => {
      const isFull = path.endsWith('images') && imagesIn(directory).length > 0
      return Promise.resolve({ bytes: isFull ? 0 : 2 ** 40, entries: Infinity })
    }
    const by = images({ room })
    expect(await copy(slot('two'), { by, key: 'two' })).toBe(true)
    expect(imagesIn(directory)).toHaveLength(1)
    expect(ran).toEqual(['one', 'two'])
  })

  it('are neither kept nor copied where the disk has no room for them, until it has', async () => {
    const full = { room: () => Promise.resolve({ bytes: 1024 ** 3, entries: Infinity }) }
    const { images, setUp, ran, reasons } = await slots(install)
    await setUp('one', { by: images(full) })
    expect(ran, 'setup does not run in vain').toEqual(['one itself'])
    expect(reasons).toEqual(['there is not enough room on the disk'])
    await setUp('two', { by: images() })
    await setUp('three', { by: images(full) })
    await setUp('four', { by: images() })
    expect(ran.slice(1)).toEqual(['two', 'three itself'])
  })

  it('cost only time where what is needed for them fails', async () => {
    const { images, setUp, ran } = await slots(install)
    const by = images({ room: () => Promise.reject(new Error('no such disk')) })
    await setUp('one', { by })
    await setUp('two', { by })
    expect(ran).toEqual(['one itself', 'two itself'])
  })

  it('give way to others when they are too much, the one first that nobody used for longest', async () => {
    const { images, setUp, ran, directory } = await slots((place) => {
      install(place)
      writeFileSync(join(place.home, 'large'), Buffer.alloc(100_000, 1))
      // Its name is no text.
      const odd = Buffer.concat([Buffer.from(`${place.home}/`), Buffer.from([0xff])])
      mkdirSync(odd)
      writeFileSync(Buffer.concat([odd, Buffer.from('/large')]), Buffer.alloc(100_000, 1))
    })
    // Two of them, and not three.
    const by = images({ mostBytes: 700_000 })
    await setUp('one', { by, key: 'one' })
    await setUp('two', { by, key: 'two' })
    expect(imagesIn(directory)).toHaveLength(2)
    await setUp('three', { by, key: 'one' })
    await setUp('four', { by, key: 'three' })
    await setUp('five', { by, key: 'one' })
    expect(ran).toEqual(['one', 'two', 'four'])
    await setUp('six', { by, key: 'two' })
    expect(ran).toEqual(['one', 'two', 'four', 'six'])
  })

  it('are not taken where one was left half, which goes with the next', async () => {
    const { images, setUp, ran, directory } = await slots(install)
    await setUp('one')
    const [image = ''] = imagesIn(directory)
    rmSync(`${image}.json`)
    await setUp('two', { by: images(), key: 'two' })
    expect(existsSync(image)).toBe(false)
    await setUp('three', { by: images() })
    await setUp('four', { by: images() })
    expect(ran).toEqual(['one', 'two', 'three'])
  })
})
