import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { Database } from '../../src/store/database.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { testPlace } from '../support/contained.ts'

describe('what SQLite refuses', () => {
  it('is told as a full disk where there is no room, with what makes room', () => {
    using place = testPlace()
    const path = join(place.path, 'store.db')
    const db = new Database(path)
    db.exec('CREATE TABLE kept (text TEXT); PRAGMA max_page_count = 3')
    expect(() => db.run('INSERT INTO kept VALUES (?)', 'x'.repeat(100_000))).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        message: `The disk of the store ${path} is full.`,
        hint: expect.stringContaining('orchestrator clean') as string,
      }),
    )
    db.close()
  })

  it('is told as a wrong place where a directory stands in its place', () => {
    using place = testPlace()
    expect(() => openReader(place.path)?.runIds()).toThrow(
      expect.objectContaining({
        code: 'state_unusable',
        message: `the store ${place.path} cannot be used: it is a directory, and a file is needed`,
      }),
    )
  })

  it('is told at once where a pipe stands in its place, and by whom a wrong place was set', () => {
    using place = testPlace()
    const path = join(place.path, 'pipe')
    execFileSync('mkfifo', [path])
    expect(() => openReader(path)).toThrow(
      expect.objectContaining({
        code: 'state_unusable',
        message: `the store ${path} cannot be used: it is a pipe, a socket or a device, and a file is needed`,
        hint: expect.stringContaining('TDD_DB') as string,
      }),
    )
  })

  it.each<[string, string, RegExp]>([
    ['a name that is too long', 'x'.repeat(300), /the name is too long/],
    ['a name that leaves no room for its log', 'x'.repeat(253), /the name is too long/],
    ['a link that leads to itself', 'ring', /its symbolic links lead in a circle/],
  ])('is told as a wrong place where it cannot even be looked at: %s', async (_, name, says) => {
    using place = testPlace()
    const path = join(place.path, name)
    symlinkSync('ring', join(place.path, 'ring'))
    const refused = {
      code: 'state_unusable',
      message: expect.stringMatching(says) as string,
      hint: expect.stringContaining('Make it a place that you may write') as string,
    }
    expect(() => openReader(path)).toThrow(expect.objectContaining(refused))
    await expect(
      openSqliteStore({ path, clock: systemClock, owner: processIdentity() }),
    ).rejects.toMatchObject(refused)
  })

  it('is told of a number that nobody here wrote, and of a lock of another program', () => {
    using place = testPlace()
    const path = join(place.path, 'store.db')
    const db = new Database(path)
    db.exec('CREATE TABLE kept (number INTEGER); INSERT INTO kept VALUES (9007199254740993)')
    expect(() => db.get('SELECT number FROM kept')).toThrow(
      expect.objectContaining({ code: 'store_corrupt' }),
    )
    db.exec('PRAGMA busy_timeout = 0')
    using other = new DatabaseSync(path)
    other.exec('BEGIN EXCLUSIVE')
    expect(() => db.run('DELETE FROM kept')).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        message: expect.stringContaining('locked') as string,
      }),
    )
    db.close()
  })

  it('is told of a damaged store with what saves the rest of it', () => {
    using place = testPlace()
    const path = join(place.path, 'store.db')
    writeFileSync(path, 'a text of somebody, longer than the header of a database. '.repeat(20))
    expect(() => openReader(path)).toThrow(
      expect.objectContaining({
        code: 'store_corrupt',
        hint: expect.stringContaining('saves what can still be read of it beside it') as string,
      }),
    )
  })
})
