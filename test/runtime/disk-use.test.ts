import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { roomAt, writtenSince } from '../../src/runtime/disk-use.ts'
import { testPlace } from '../support/contained.ts'

const MIB = 1024 ** 2

const ALL = { since: 0, most: Number.POSITIVE_INFINITY }

describe('the room on the disk of what was written', () => {
  it('is that of all files below them, whatever their number of names, without holes and what links lead to', async () => {
    using place = testPlace()
    using elsewhere = testPlace()
    const at = (name: string): string => join(place.path, name)
    writeFileSync(join(elsewhere.path, 'large'), Buffer.alloc(4 * MIB, 1))
    mkdirSync(at('a/b'), { recursive: true })
    writeFileSync(at('a/b/file'), Buffer.alloc(2 * MIB, 1))
    linkSync(at('a/b/file'), at('a/again'))
    writeFileSync(at('holes'), '')
    truncateSync(at('holes'), 1024 * MIB)
    symlinkSync(elsewhere.path, at('link'))
    const used = await writtenSince([place.path], ALL)
    expect(used).toBeGreaterThanOrEqual(2 * MIB)
    expect(used).toBeLessThan(2.2 * MIB)
    expect(await writtenSince([place.path, elsewhere.path], ALL)).toBeGreaterThanOrEqual(6 * MIB)
  })

  it('is not that of what was there before, whatever time its writer gave it', async () => {
    using place = testPlace()
    const old = join(place.path, 'old')
    writeFileSync(old, Buffer.alloc(2 * MIB, 1))
    const later = lstatSync(old).ctimeMs + 1
    expect(await writtenSince([place.path], { ...ALL, since: later })).toBe(0)
    await vi.waitFor(() => {
      writeFileSync(join(place.path, 'new'), Buffer.alloc(MIB, 1))
      utimesSync(join(place.path, 'new'), 0, 0)
      expect(lstatSync(join(place.path, 'new')).ctimeMs).toBeGreaterThan(later)
    })
    const written = await writtenSince([place.path], { ...ALL, since: later })
    expect(written).toBeGreaterThanOrEqual(MIB)
    expect(written).toBeLessThan(1.2 * MIB)
  })

  it('counts what lies below a name that is no text', async () => {
    using place = testPlace()
    const odd = Buffer.concat([Buffer.from(`${place.path}/`), Buffer.from([0xff])])
    mkdirSync(odd)
    writeFileSync(Buffer.concat([odd, Buffer.from('/\u00e9')]), Buffer.alloc(2 * MIB, 1))
    expect(await writtenSince([place.path], ALL)).toBeGreaterThanOrEqual(2 * MIB)
  })

  it('counts files without contents too', async () => {
    using place = testPlace()
    for (let number = 0; number < 100; number += 1) writeFileSync(join(place.path, `${number}`), '')
    expect(await writtenSince([place.path], ALL)).toBeGreaterThanOrEqual(100 * 1024)
  })

  it('is not counted further than it is asked for, and is nothing where there is nothing', async () => {
    using place = testPlace()
    mkdirSync(join(place.path, 'closed'))
    chmodSync(join(place.path, 'closed'), 0)
    for (let number = 0; number < 100; number += 1)
      writeFileSync(join(place.path, `${number}`), 'x'.repeat(4096))
    const used = await writtenSince([place.path], { since: 0, most: 10_000 })
    expect(used).toBeGreaterThan(10_000)
    expect(used).toBeLessThan(300_000)
    expect(await writtenSince([join(place.path, 'gone')], ALL)).toBe(0)
    chmodSync(join(place.path, 'closed'), 0o700)
  })

  it('is there to be asked for what is left of it', async () => {
    using place = testPlace()
    const { bytes, entries } = await roomAt(place.path)
    expect(bytes).toBeGreaterThan(0)
    expect(entries).toBeGreaterThan(0)
  })
})
