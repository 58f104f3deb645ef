import { describe, expect, it } from 'vitest'
import { DiskGuard, type Guarded, isScarce } from './disk-guard.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** A disk of so many bytes, on which directories of commands and of others take room. */
function diskOf(bytes: number) {
  const used = new Map<string, number>()
  const disk = { now: 1_000_000, setBackMs: 0, walks: 0, walkMs: 0, entries: Infinity, onWalk: () => {} }
  const free = (): number => Math.max(0, bytes - [...used.values()].reduce((sum, each) => sum + each, 0))
  const guard = new DiskGuard({
    device: () => Promise.resolve(1),
    room: () => Promise.resolve({ bytes: free(), entries: disk.entries }),
    written: (paths) => {
      disk.walks += 1
      disk.now += disk.walkMs
      disk.onWalk()
      return Promise.resolve(paths.reduce((sum, path) => sum + (used.get(path) ?? 0), 0))
    },
    now: () => disk.now - disk.setBackMs,
    monotonic: () => disk.now,
  })
  return {
    disk,
    free,
    write: (name: string, more: number) => {
      used.set(`/slots/${name}/tree`, (used.get(`/slots/${name}/tree`) ?? 0) + Math.min(more, free()))
    },
    clear: (name: string) => used.delete(`/slots/${name}/tree`),
    begin: async (name: string, limitBytes: number | null = 8 * GIB): Promise<Guarded> => {
      const guarded = guard.guard([`/slots/${name}/tree`], limitBytes)
      expect(await guarded.look()).toBeNull()
      return guarded
    },
  }
}

describe('the guard of a disk', () => {
  it('ends who wrote more than its limit, and nobody who wrote less', async () => {
    const { begin, write } = diskOf(100 * GIB)
    const [a, b] = [await begin('a', 10 * MIB), await begin('b', 10 * MIB)]
    write('a', 11 * MIB)
    write('b', 9 * MIB)
    expect([await a.look(), await b.look()]).toEqual(['disk', null])
  })

  it('walks nothing before the disk filled up by as much, but now and then: others may have made room', async () => {
    const { begin, write, clear, disk } = diskOf(100 * GIB)
    write('others', 50 * MIB)
    const a = await begin('a', 10 * MIB)
    write('a', 9 * MIB)
    expect(await a.look()).toBeNull()
    expect(disk.walks).toBe(0)
    clear('others')
    write('a', 9 * MIB)
    expect(await a.look()).toBeNull()
    disk.now += 10_000
    expect(await a.look()).toBe('disk')
  })

  it('walks no more than a tenth of the time', async () => {
    const { begin, write, disk } = diskOf(100 * GIB)
    const a = await begin('a', 10 * MIB)
    write('others', 20 * MIB)
    disk.walkMs = 500
    for (let look = 0; look < 40; look += 1) {
      expect(await a.look()).toBeNull()
      disk.now += 500
    }
    expect(disk.walks).toBeGreaterThan(2)
    expect(disk.walks).toBeLessThan(6)
  })

  it.each([1, 2, 3, 4, 8])(
    'ends one of %i who fill a disk together, and another if it fills again',
    async (count) => {
      const { begin, write, clear, free, disk } = diskOf(600 * MIB)
      const names = Array.from({ length: count }, (_, index) => `w${index}`)
      const writers = new Map<string, Guarded>()
      for (const name of names) writers.set(name, await begin(name))
      const ended: string[] = []
      for (let round = 0; round < Math.min(2, count); round += 1) {
        while (free() > 0) for (const name of writers.keys()) write(name, 10 * MIB)
        // Somebody else wrote a little, too.
        write('store', MIB)
        const found = await Promise.all(
          [...writers].map(async ([name, each]) => [name, await each.look()] as const),
        )
        const faults = found.filter(([, fault]) => fault !== null)
        expect(faults).toEqual([[expect.any(String), 'room']])
        const [name = ''] = faults[0] ?? []
        ended.push(name)
        writers.get(name)?.end()
        writers.delete(name)
        for (const each of writers.values()) expect(await each.look()).toBeNull()
        clear(name)
        disk.now += 2_500
      }
      expect(new Set(ended).size).toBe(ended.length)
    },
  )

  it('looks as soon as before where the clock was set back by hours', async () => {
    const { begin, write, clear, disk } = diskOf(64 * MIB)
    const [a, b] = [await begin('a'), await begin('b')]
    write('a', 60 * MIB)
    expect(await a.look()).toBe('room')
    a.end()
    expect(await b.look()).toBeNull()
    clear('a')
    disk.setBackMs = 3 * 3_600_000
    disk.now += 2_500
    write('b', 60 * MIB)
    expect(await b.look()).toBe('room')
  })

  it('waits for nobody who ended by itself while all were compared', async () => {
    const { begin, write, disk } = diskOf(64 * MIB)
    const [a, b] = [await begin('a'), await begin('b')]
    write('a', 40 * MIB)
    write('b', 24 * MIB)
    disk.onWalk = () => a.end()
    expect(await b.look()).toBeNull()
    disk.now += 2_500
    expect(await b.look()).toBe('room')
  })

  it('ends nobody for what others wrote', async () => {
    const { begin, write, clear } = diskOf(64 * MIB)
    write('others', 58 * MIB)
    const a = await begin('a')
    expect(await a.look()).toBeNull()
    clear('others')
    expect(await a.look()).toBeNull()
    write('a', 3 * MIB)
    write('others', 61 * MIB)
    expect(await a.look()).toBeNull()
  })

  it('finds who fills a disk again that was exactly full before', async () => {
    const { begin, write, clear, disk } = diskOf(64 * MIB)
    const [a, b] = [await begin('a'), await begin('b')]
    write('b', 64 * MIB)
    expect(await b.look()).toBe('room')
    b.end()
    clear('b')
    write('a', 64 * MIB)
    expect(await a.look()).toBeNull()
    disk.now += 2_000
    expect(await a.look()).toBe('room')
  })

  it('finds who filled it and ended by itself, also right after another, and no honest one', async () => {
    const { begin, write, clear } = diskOf(64 * MIB)
    const honest = await begin('honest')
    for (const name of ['a', 'b']) {
      const each = await begin(name)
      write(name, 64 * MIB)
      expect([await each.lastLook(true), await honest.lastLook(false)]).toEqual(['room', null])
      each.end()
      clear(name)
    }
    expect(await honest.lastLook(false)).toBeNull()
  })

  it('ends a setup, which has no limit, for nothing but the room that is left', async () => {
    const { begin, write, disk } = diskOf(100 * GIB)
    const setup = await begin('setup', null)
    write('setup', 90 * GIB)
    disk.now += 20_000
    expect(await setup.look()).toBeNull()
    write('setup', 9.5 * GIB)
    expect(await setup.look()).toBe('room')
  })

  it('compares all writers no more than a fifth of the time', async () => {
    const { begin, write, disk } = diskOf(64 * MIB)
    const a = await begin('a')
    write('others', 62 * MIB)
    disk.walkMs = 500
    for (let look = 0; look < 40; look += 1) {
      expect(await a.look()).toBeNull()
      disk.now += 500
    }
    expect(disk.walks).toBeGreaterThan(2)
    expect(disk.walks).toBeLessThan(12)
  })

  it('blames no command for what failed while others had filled the disk, also where they are gone', async () => {
    const { begin, write, clear } = diskOf(64 * MIB)
    const [a, honest] = [await begin('a'), await begin('honest')]
    write('a', 64 * MIB)
    expect(await a.look()).toBe('room')
    a.end()
    clear('a')
    const later = await begin('later')
    expect(await honest.lastLook(true)).toBe('full')
    expect(await honest.lastLook(false)).toBeNull()
    expect(await later.lastLook(true)).toBeNull()
  })

  it('ends who wrote most where no further file can be made, though there is room for bytes', async () => {
    const { begin, write, disk } = diskOf(GIB)
    disk.entries = 3_000
    const [a, b] = [await begin('a'), await begin('b')]
    write('a', 3 * MIB)
    write('b', MIB)
    disk.entries = 4
    expect([await a.look(), await b.look(), await b.lastLook(true)]).toEqual(['room', null, 'full'])
  })

  it('keeps a tenth of what was free in reserve, and no more than a GiB', () => {
    const scarce = (bytes: number, most: number) =>
      isScarce({ bytes, entries: Infinity }, { bytes: most, entries: Infinity })
    expect([scarce(59 * MIB, 600 * MIB), scarce(61 * MIB, 600 * MIB)]).toEqual([true, false])
    expect([scarce(0.9 * GIB, 1_000 * GIB), scarce(1.1 * GIB, 1_000 * GIB)]).toEqual([true, false])
  })
})
