import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { slowFsyncLibrary } from '../support/slow-fsync.ts'

const FSYNCS = `
const { openSync, fsyncSync, fdatasyncSync } = require('node:fs')
const file = openSync(process.argv[1], 'w')
const from = performance.now()
fsyncSync(file)
fdatasyncSync(file)
const { DatabaseSync } = require('node:sqlite')
const db = new DatabaseSync(process.argv[1] + '.db')
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)')
const between = performance.now()
db.exec('INSERT INTO t VALUES (1)')
console.log(JSON.stringify([between - from, performance.now() - between]))
`

it('lets every fsync of Node and of its SQLite take as long as is asked for', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tdd-fsync-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const library = slowFsyncLibrary(directory)
  if (library === null) return
  const env = { LD_PRELOAD: library, FSYNC_DELAY_MS: '30' }
  const { stdout } = spawnSync(process.execPath, ['-e', FSYNCS, join(directory, 'file')], { env })
  const [two = 0, one = 0] = JSON.parse(stdout.toString()) as number[]
  expect(two).toBeGreaterThanOrEqual(60)
  expect(one).toBeGreaterThanOrEqual(30)
})
