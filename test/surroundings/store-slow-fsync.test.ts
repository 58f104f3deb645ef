import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DatabaseSync } from 'node:sqlite'
import { DRILL } from '../support/drill.ts'
import { expectWhole, letterRuns } from '../support/letter-runs.ts'
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

/** It was stopped by a person, and goes on another time. */
const STOPPED = [75, 130]

describe.runIf(DRILL)('a run on a disk whose fsync is slow', () => {
  it.each([100, 2_000])(
    'keeps its leases, shows what happens and hears a signal, and goes on: %i ms',
    async (delayMs) => {
      const runs = await letterRuns(['A'])
      const library = slowFsyncLibrary(runs.repo.directory)
      if (library === null) return
      const env = { ...runs.env, LD_PRELOAD: library, FSYNC_DELAY_MS: String(delayMs) }
      let signals = 0
      const stopped = await runs.work([], {
        env,
        // Twice, as a person does: whoever is answered by a line would be asked again by it without end.
        onProgress: (text, kill) => {
          if (!text.includes('A') || signals === 2) return
          signals += 1
          kill('SIGINT')
        },
      })
      expect(STOPPED, stopped.stderr).toContain(stopped.code)
      const { code, stderr } = await runs.work(['--resume'], { env })
      expect(code, stderr).toBe(0)
      expectWhole(runs)
      using store = new DatabaseSync(runs.db, { readOnly: true })
      const lost = store.prepare(`SELECT * FROM events WHERE kind = 'lease_expired'`).all()
      expect(lost).toEqual([])
    },
  )
})
