import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { expectError } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { expectWhole, foldLog, type LetterRuns, letterRuns } from '../support/letter-runs.ts'

const PAGE = 4_096
const KEYS = ['A']

describe.runIf(DRILL)('a store that is damaged while its run is unfinished', () => {
  it.each<[string, (db: string) => void]>([
    ['its head is destroyed', (db) => overwrite(db, 0, 100)],
    ['its first page is destroyed', (db) => overwrite(db, 0, PAGE)],
    ['an index is destroyed', (db) => overwrite(db, pageOf(db, 'tasks_by_state'), PAGE)],
    ['events are destroyed', (db) => overwrite(db, pageOf(db, 'events'), PAGE)],
  ])('is saved beside itself, says where, and the run goes on with what was saved: %s', async (_, damage) => {
    const runs = await letterRuns(KEYS)
    await killedAfter(runs, 'GREEN')
    foldLog(runs.db)
    damage(runs.db)
    const before = readFileSync(runs.db)
    expectError(await runs.json(['status']), { code: 'store_corrupt', exit: 70, says: /orchestrator run/ })
    const saved = await refused(runs)
    expect(readFileSync(runs.db).equals(before)).toBe(true)
    expect(await refused(runs), 'once for each state').toBe(saved)
    const looked = await runs.json(['status'], { env: { ...runs.env, TDD_DB: saved } })
    expect(looked, looked.stderr).toMatchObject({ code: 0, document: { run: { state: 'interrupted' } } })
    takeUp(runs.db, saved)
    await goesOn(runs)
  })

  it('is not believed where confirmed commits in its log are destroyed', async () => {
    const runs = await letterRuns(KEYS)
    await killedAfter(runs, 'GREEN')
    const log = readFileSync(`${runs.db}-wal`)
    overwrite(`${runs.db}-wal`, Math.floor(log.length / 2), 100)
    const before = ['', '-wal'].map((ending) => readFileSync(runs.db + ending))
    const saved = await refused(runs)
    expect(['', '-wal'].map((ending) => readFileSync(runs.db + ending))).toEqual(before)
    takeUp(runs.db, saved)
    await goesOn(runs)
  })

  it('goes on where only the index of its log is gone, or was never written', async () => {
    const runs = await letterRuns(KEYS)
    await killedAfter(runs, 'GREEN')
    renameSync(`${runs.db}-shm`, `${runs.db}-shm.away`)
    await goesOn(runs)
  })
})

/** Kills the program, whose store is left as it was, once it has said something. */
async function killedAfter(runs: LetterRuns, said: string): Promise<void> {
  const { signal, stderr } = await runs.work([], {
    onProgress: (text, kill) => {
      if (text.includes(said)) kill('SIGKILL')
    },
  })
  expect(signal, stderr).toBe('SIGKILL')
}

async function goesOn(runs: LetterRuns): Promise<void> {
  const { code, stderr } = await runs.work(['--resume'])
  expect(code, stderr).toBe(0)
  expectWhole(runs)
}

/** The path of what was saved, as the program tells it. */
async function refused(runs: LetterRuns): Promise<string> {
  const end = await runs.json(['run', '--resume', '--agent', 'scripted', '--session', runs.session])
  expectError(end, { code: 'store_corrupt', exit: 70, says: /saved in/ })
  const names = readdirSync(dirname(runs.db)).filter((name) => name.startsWith(`${basename(runs.db)}.salvag`))
  expect(names).toHaveLength(1)
  const saved = join(dirname(runs.db), names[0] ?? '')
  const { message, hint } = end.document['error'] as { message: string; hint: string }
  expect(message).toContain(runs.db)
  expect(hint).toContain(saved)
  return saved
}

/** What the program says to do. */
function takeUp(db: string, saved: string): void {
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(db + ending)) renameSync(db + ending, `${db}.away${ending}`)
  renameSync(saved, db)
}

function pageOf(db: string, name: string): number {
  using store = new DatabaseSync(db, { readOnly: true })
  const row = store
    .prepare(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path LIMIT 1`)
    .get(name)
  return (Number(row?.['pageno']) - 1) * PAGE
}

function overwrite(file: string, from: number, bytes: number): void {
  const content = readFileSync(file)
  content.fill(0xa5, from, from + bytes)
  writeFileSync(file, content)
}
