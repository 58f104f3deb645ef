import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { NEWEST_VERSION } from '../../src/store/migrations/newest.ts'
import { expectError } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { expectWhole, foldLog, letterRuns } from '../support/letter-runs.ts'
import { whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()

describe.runIf(DRILL)('a store that is not to be written', () => {
  it.skipIf(noSandbox !== null)(
    'is read where it can only be read, and who would change it says what is in the way: file, directory, file system',
    async () => {
      const runs = await letterRuns(['A'])
      foldLog(runs.db)
      const before = readFileSync(runs.db)
      for (const place of [runs.db, dirname(runs.db), runs.repo.state]) {
        const within = ['bwrap', '--dev-bind', '/', '/', '--ro-bind', place, place, '--']
        const ask = async (...words: string[]) => {
          const { code, stdout, stderr } = await runs.cli([...words, '--json'], { within })
          return { code, stderr, document: JSON.parse(stdout) as Record<string, unknown> }
        }
        expect(await ask('status'), place).toMatchObject({ code: 0, document: { run: { state: 'planned' } } })
        expect(await ask('task', 'list'), place).toMatchObject({ code: 0 })
        const run = ['run', '--agent', 'scripted', '--session', runs.session]
        for (const words of [run, ['task', 'cancel', 'A', '--reason', 'no']])
          expectError(await ask(...words), { code: 'state_unusable', says: /read|write/ })
      }
      expect(readFileSync(runs.db).equals(before)).toBe(true)
    },
  )

  it('is refused by every command where a newer program wrote it, with both schemas, and stays as it is', async () => {
    const runs = await letterRuns(['A'])
    {
      using store = new DatabaseSync(runs.db)
      store.exec(
        'INSERT INTO schema_version (version, applied_at) VALUES (99, 1); PRAGMA wal_checkpoint(TRUNCATE)',
      )
    }
    const before = readFileSync(runs.db)
    const commands = [
      ['run', '--agent', 'scripted', '--session', runs.session],
      ['run', '--resume', '--agent', 'scripted', '--session', runs.session],
      ['status'],
      ['task', 'list'],
      ['task', 'show', 'A'],
      ['task', 'retry', 'A'],
      ['task', 'cancel', 'A'],
      ['circuits', 'status'],
      ['circuits', 'reset', 'all', '--force'],
      ['ingest', runs.plan, '--trust-commands'],
      ['stop'],
      ['quarantine', 'list'],
    ]
    for (const words of commands) {
      const says = new RegExp(`schema 99; this program knows schemas up to ${NEWEST_VERSION}`)
      expectError(await runs.json(words), { code: 'store_newer', says })
    }
    expect(readFileSync(runs.db).equals(before)).toBe(true)
  })

  it('is left to a first run by a second, which says who has it and since when', async () => {
    const runs = await letterRuns(['A'], 5_000)
    const second = Promise.withResolvers<Awaited<ReturnType<typeof runs.json>>>()
    let isAsked = false
    const first = await runs.work([], {
      onProgress: () => {
        if (isAsked) return
        isAsked = true
        second.resolve(runs.json(['run', '--agent', 'scripted', '--session', runs.session]))
      },
    })
    const says = new RegExp(`owned by process \\d+ on ${hostname()}, for \\d+ s\\.[^]*orchestrator attach`)
    expectError(await second.promise, { code: 'store_owned', says })
    expect(first.code, first.stderr).toBe(0)
    expectWhole(runs)
  })

  it('is never taken from another machine, whose process nobody here can ask', async () => {
    const runs = await letterRuns(['A'])
    {
      using store = new DatabaseSync(runs.db)
      store.exec(
        `UPDATE owner SET host = 'elsewhere', boot_id = 'other', pid = 4711, released = 0, lease_until = 0`,
      )
    }
    for (const words of [
      ['run', '--agent', 'scripted', '--session', runs.session],
      ['ingest', runs.plan],
    ])
      expectError(await runs.json(words), {
        code: 'store_owned',
        says: /process 4711 on elsewhere/,
      })
  })
})
