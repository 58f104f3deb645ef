import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { type CliSample, cliSample, numberTask, storeOf } from '../support/cli-sample.ts'

const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }

it('doctor tells of a store with which no run can work, and changes nothing', async () => {
  const { sample, db } = await withStore()
  expect((await sample.cli(['doctor'])).stdout).toMatch(/^ok {7}store at .*store\.db$/m)
  truncateSync(db, 20_000)
  const before = readFileSync(db)
  const names = readdirSync(dirname(db))
  expect(await told(sample)).toMatch(/^PROBLEM {2}The store .*store\.db is damaged.*\n +.*orchestrator run/m)
  expect(readFileSync(db).equals(before)).toBe(true)
  expect(readdirSync(dirname(db))).toEqual(names)
  clear(db)
  expect((await sample.cli(['doctor'])).stdout, 'no store yet').not.toMatch(/store\.db/)
})

it('doctor tells of what stands in the place of the store', async () => {
  const { sample, db } = await withStore()
  const places: readonly (readonly [RegExp, () => (() => void) | void])[] = [
    [
      /database of another program/,
      () => {
        using other = new DatabaseSync(db)
        other.exec('CREATE TABLE theirs (a)')
      },
    ],
    [/it is a pipe, a socket or a device/, () => void execFileSync('mkfifo', [db])],
    [/it is a pipe, a socket or a device/, () => symlinkSync('/dev/zero', db)],
    [/it is a directory/, () => symlinkSync('/', db)],
    [/symbolic links lead in a circle/, () => symlinkSync(db, db)],
    [
      /it is a pipe, a socket or a device/,
      () => {
        const server = createServer().listen(db)
        return () => server.close()
      },
    ],
  ]
  for (const [says, make] of places) {
    clear(db)
    const remove = make()
    const stdout = await told(sample)
    expect(stdout).toMatch(/^PROBLEM {2}.*store\.db.*\n +.*TDD_(DB|STATE_DIRECTORY)/m)
    expect(stdout).toMatch(says)
    remove?.()
  }
})

async function withStore(): Promise<{ readonly sample: CliSample; readonly db: string }> {
  const sample = cliSample()
  sample.repo.write({ '.tdd/config.toml': '[agents.command]\nargv = ["git"]\n' })
  expect(await sample.json(['ingest', sample.beside('plan.json', plan)])).toMatchObject({ code: 0 })
  return { sample, db: await storeOf(sample) }
}

/** What doctor says of a place where no run can work. */
async function told(sample: CliSample): Promise<string> {
  const { code, stdout, stderr } = await sample.cli(['doctor'], { killAfterMs: 60_000 })
  expect({ code, stderr, stdout }).toMatchObject({ code: 1, stderr: '' })
  return stdout
}

function clear(db: string): void {
  for (const name of readdirSync(dirname(db)))
    if (name.startsWith('store.db')) rmSync(join(dirname(db), name), { recursive: true })
}
