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
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SetupImages, type SlotSetup } from '../../src/git/setup-images.ts'
import type { SlotDirectories } from '../../src/git/trees.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Room } from '../../src/runtime/disk-use.ts'

interface Limits {
  readonly mostBytes?: number
  readonly room?: (path: string) => Promise<Room>
}

interface Asked {
  readonly by?: SetupImages
  readonly key?: string
  readonly tree?: string
  readonly keeps?: boolean
  readonly anew?: boolean
  readonly signal?: AbortSignal
}

/** Slots side by side, and in which of them setup ran. */
function slots(write: (place: SlotDirectories) => void, below = 'slots') {
  const directory = mkdtempSync(join(tmpdir(), 'images-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const ran: string[] = []
  const reasons: string[] = []
  const images = (limits: Limits = {}): SetupImages =>
    new SetupImages({
      directory: join(directory, 'images'),
      clock: systemClock,
      onUnfit: (reason) => reasons.push(reason),
      ...limits,
    })
  const shared = images()
  const slot = (name: string): SlotDirectories => {
    const place = {
      slot: name,
      directory: join(directory, below, name, 'tree'),
      home: join(directory, below, name, 'home'),
      temp: join(directory, below, name, 'tmp'),
    }
    for (const made of [place.directory, place.home, place.temp]) mkdirSync(made, { recursive: true })
    return place
  }
  const setUp = async (name: string, asked: Asked = {}): Promise<SlotDirectories> => {
    const { by = shared, key = 'one', tree = 'a1', keeps = true, anew = false } = asked
    const place = slot(name)
    await by.bring({ key, tree }, place, {
      install: async () => {
        ran.push(name)
        await systemClock.sleep(1)
        write(place)
      },
      settle: () => Promise.resolve(FOLDERS.filter((folder) => existsSync(join(place.directory, folder)))),
      keeps,
      anew,
      signal: asked.signal ?? new AbortController().signal,
    })
    return place
  }
  return { directory, images, slot, setUp, ran, reasons }
}

const FOLDERS = ['node_modules', 'packages/a/node_modules']
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

const NOTHING: SlotSetup = {
  install: () => Promise.resolve(),
  settle: () => Promise.resolve([]),
  keeps: false,
  anew: false,
  signal: new AbortController().signal,
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
    const { setUp, ran } = slots(install)
    const places = await Promise.all(['one', 'two', 'three'].map((name) => setUp(name)))
    expect(ran).toHaveLength(1)
    for (const { slot, directory, home } of places) {
      const run = lstatSync(join(directory, 'node_modules/lib/bin/run'))
      expect([run.mode & 0o777, run.mtimeMs, run.nlink]).toEqual([0o755, LONG_AGO * 1000, 1])
      for (const folder of ['node_modules', 'node_modules/lib'])
        expect(lstatSync(join(directory, folder)).mtimeMs).toBe(LONG_AGO * 1000)
      expect(readlinkSync(join(directory, 'packages/a/node_modules/lib'))).toBe('../../../node_modules/lib')
      expect(readFileSync(join(directory, 'node_modules/.bin/run'), 'utf8')).toBe('#!/bin/sh\n')
      expect(readFileSync(join(home, 'tool'), 'utf8')).toBe('of HOME\n')
      expect(lstatSync(join(home, 'locked')).mode & 0o777).toBe(0o555)
      expect(existsSync(join(home, '.npm/_logs'))).toBe(ran.includes(slot))
    }
  })

  it('are found by the next process, and not for another key or tree', async () => {
    const { images, setUp, ran } = slots(install)
    await setUp('one')
    await setUp('two', { by: images() })
    expect(ran).toEqual(['one'])
    await setUp('three', { by: images(), key: 'another' })
    await setUp('four', { by: images(), tree: 'b2' })
    expect(ran).toEqual(['one', 'three', 'four'])
    // One of another tree has given way.
    await setUp('five', { by: images() })
    expect(ran).toEqual(['one', 'three', 'four', 'five'])
  })

  it('are kept of no slot that does not keep them, and are copied there', async () => {
    const { setUp, ran } = slots(install)
    await setUp('agent', { keeps: false })
    await setUp('proof')
    await setUp('agent_2', { keeps: false })
    expect(ran).toEqual(['agent', 'proof'])
  })

  it('are given up where setup is to run anew', async () => {
    const { setUp, ran } = slots(install)
    await setUp('one')
    await setUp('two', { anew: true })
    await setUp('three')
    expect(ran).toEqual(['one', 'two'])
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
  ])('are not kept where %s leads into one slot', async (_, spoil) => {
    const { setUp, ran, reasons, directory } = slots((place) => {
      install(place)
      spoil(place, join(place.directory, 'node_modules'))
    })
    await setUp('one')
    await setUp('two')
    await setUp('three')
    expect(ran).toEqual(['one', 'two', 'three'])
    expect(reasons).toEqual([expect.stringMatching(/^(tree|home)\/.* (names|is) /)])
    expect(imagesIn(directory)).toEqual([])
  })

  it('are not kept where the place of slots can be spelled in many ways', async () => {
    const { setUp, ran } = slots(install, 'of Jürgen')
    await setUp('one')
    await setUp('two')
    expect(ran).toEqual(['one', 'two'])
  })

  it('are given up where anybody changed one', async () => {
    const { images, setUp, ran, directory } = slots(install)
    await setUp('one')
    writeFileSync(join(imagesIn(directory)[0] ?? '', 'tree/node_modules/lib/bin/run'), '#!/bin/sh\n')
    await setUp('two', { by: images() })
    await setUp('three', { by: images() })
    expect(ran).toEqual(['one', 'two'])
  })

  it('write nowhere else where a tree has a link in place of a folder', async () => {
    const { images, slot, setUp, directory } = slots(install)
    await setUp('one')
    const outside = join(directory, 'outside')
    mkdirSync(outside)
    const two = slot('two')
    symlinkSync(outside, join(two.directory, 'packages'))
    await images().bring({ key: 'one', tree: 'a1' }, two, NOTHING)
    expect(readdirSync(outside)).toEqual([])
    expect(contentOf(two)).toEqual(['packages'])
  })

  it('leave nothing behind in a slot where copying breaks off', async () => {
    const { images, slot, setUp, ran, directory } = slots(install)
    await setUp('one')
    const two = slot('two')
    // In the way of a file of HOME, which comes behind the folders of the tree.
    writeFileSync(join(two.home, 'tool'), 'in the way\n')
    let left: string[] = []
    await images().bring({ key: 'one', tree: 'a1' }, two, {
      ...NOTHING,
      install: () => {
        left = contentOf(two)
        return Promise.resolve()
      },
    })
    expect(left).toEqual(['packages'])
    expect(readdirSync(join(two.directory, 'packages/a'))).toEqual([])
    expect(ran).toEqual(['one'])
    expect(imagesIn(directory)).toHaveLength(1)
  })

  it('stop where they are told to, while they wait and while they copy', async () => {
    const { images, setUp, slot } = slots(install)
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
    await expect(
      setUp('three', { by: images({ room }), keeps: false, signal: later.signal }),
    ).rejects.toThrow('stopped')
    expect(contentOf(slot('three'))).toEqual([])
  })

  it('let each try for itself at once where setup failed', async () => {
    let failures = 1
    const { setUp, ran } = slots((place) => {
      failures -= 1
      if (failures === 0) throw new Error('no network')
      install(place)
    })
    const ends = await Promise.allSettled(['one', 'two', 'three'].map((name) => setUp(name)))
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(ran).toHaveLength(3)
  })

  it('are neither kept nor copied where the disk has no room for them', async () => {
    const full = { room: () => Promise.resolve({ bytes: 1024 ** 3, entries: Infinity }) }
    const { images, setUp, ran, reasons } = slots(install)
    await setUp('one', { by: images(full) })
    expect(reasons).toEqual(['there is not enough room on the disk'])
    await setUp('two')
    await setUp('three', { by: images(full), keeps: false })
    await setUp('four')
    expect(ran).toEqual(['one', 'two', 'three'])
  })

  it('give way to others when they are too much, the one first that nobody used for longest', async () => {
    const { images, setUp, ran, directory } = slots((place) => {
      install(place)
      writeFileSync(join(place.home, 'large'), Buffer.alloc(100_000, 1))
    })
    // Two of them, and not three.
    const by = images({ mostBytes: 360_000 })
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

  it('are not taken where one was left half', async () => {
    const { images, setUp, ran, directory } = slots(install)
    await setUp('one')
    const [image = ''] = imagesIn(directory)
    rmSync(`${image}.json`)
    expect(existsSync(dirname(image))).toBe(true)
    await setUp('two', { by: images() })
    await setUp('three', { by: images() })
    expect(ran).toEqual(['one', 'two'])
  })
})
