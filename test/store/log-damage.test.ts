import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { logDamage } from '../../src/store/log-damage.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const FRAME = 24 + 4_096

describe('a write-ahead log that a kill left', () => {
  let path: string
  let log: string
  beforeEach(() => {
    path = tempStorePath()
    log = `${path}-wal`
    const live = `${path}.live`
    const db = new DatabaseSync(live)
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)')
    for (let n = 0; n < 20; n += 1) db.exec(`INSERT INTO t VALUES (hex(randomblob(500)))`)
    for (const ending of ['', '-wal']) copyFileSync(live + ending, path + ending)
    db.close()
  })

  const overwrite = (from: number, bytes: number): void => {
    const content = readFileSync(log)
    content.fill(0xa5, from, from + bytes)
    writeFileSync(log, content)
  }

  it('is whole, also where its last commit is cut off or torn, or none is there', () => {
    expect(logDamage(path)).toBeNull()
    const { size } = statSync(log)
    overwrite(size - 100, 100)
    expect(logDamage(path)).toBeNull()
    truncateSync(log, size - 10)
    expect(logDamage(path)).toBeNull()
    truncateSync(log, 0)
    expect(logDamage(path)).toBeNull()
    expect(logDamage(`${path}.other`)).toBeNull()
  })

  it('is damaged where commits behind a frame that does not fit had been confirmed', () => {
    overwrite(32 + 5 * FRAME + 200, 50)
    expect(logDamage(path)?.what).toMatch(/write-ahead log is damaged, and \d\d commits in it cannot be read/)
  })

  it('is damaged also where that frame is destroyed as a whole, so that it looks as one of an earlier log', () => {
    overwrite(32 + 5 * FRAME, FRAME)
    expect(logDamage(path)?.what).toMatch(/and \d\d commits/)
  })

  it('is damaged where its head is destroyed', () => {
    overwrite(0, 32)
    expect(logDamage(path)?.what).toContain('head of its write-ahead log is destroyed')
  })

  it('is whole where an earlier log shows behind a new one', () => {
    const db = new DatabaseSync(path)
    db.exec('PRAGMA wal_checkpoint(FULL)')
    db.exec('INSERT INTO t VALUES (1)')
    const other = `${path}.again`
    for (const ending of ['', '-wal']) copyFileSync(path + ending, other + ending)
    db.close()
    expect(statSync(`${other}-wal`).size).toBeGreaterThan(10 * FRAME)
    expect(logDamage(other)).toBeNull()
  })
})
