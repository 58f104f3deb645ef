import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import type { ProgramEnd, ProgramStart } from './built-program.ts'
import { type CliSample, cliSample, storeOf } from './cli-sample.ts'
import { letterFiles, letterPlan, letterSession } from './letters.ts'
import { processesWith } from './processes.ts'
import { tempRepo } from './temp-repo.ts'

/** A repository with a plan of letters and the session that plays it, worked by the built program. */
export interface LetterRuns extends CliSample {
  readonly keys: readonly string[]
  readonly db: string
  readonly plan: string
  readonly session: string
  /** `run` of the plan, with further words. */
  work(words?: readonly string[], start?: Partial<ProgramStart>): Promise<ProgramEnd>
}

/** The plan is handed in already. `slowMs`: what each agent waits before it works. */
export async function letterRuns(keys: readonly string[], slowMs = 0): Promise<LetterRuns> {
  const sample = cliSample(tempRepo(letterFiles))
  const plan = sample.beside('plan.json', letterPlan(keys))
  const played = letterSession(keys)
  if (slowMs > 0)
    for (const { red, green } of Object.values(played.tasks))
      for (const actions of [...red, ...green]) actions.unshift({ sleepMs: slowMs })
  const session = sample.beside('letters.session.json', played)
  const { code, stderr } = await sample.cli(['ingest', plan, '--trust-commands'])
  expect(code, stderr).toBe(0)
  const run = ['run', '--agent', 'scripted', '--session', session, '--workers', '2']
  return {
    ...sample,
    keys,
    plan,
    session,
    db: await storeOf(sample),
    work: (words = [], start = {}) => sample.cli([...run, ...words], start),
  }
}

/** All has landed, each once; nothing was accepted twice, nobody waits, and git and store find no fault. */
export function expectWhole({ repo, db, keys }: Pick<LetterRuns, 'repo' | 'db' | 'keys'>): void {
  const trailer = '--format=%(trailers:key=TDD-Task,valueonly,separator=%x20)'
  const landed = repo.git('log', '--first-parent', '--merges', trailer, 'main..tdd/letters').split('\n')
  expect(landed.toSorted()).toEqual(keys)
  expect(repo.git('fsck', '--full', '--strict', '--no-dangling')).toBe('')
  using store = new DatabaseSync(db, { readOnly: true })
  const all = (sql: string): unknown[] => store.prepare(sql).all()
  expect(all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(all('PRAGMA foreign_key_check')).toEqual([])
  expect(all(`SELECT key FROM tasks WHERE state <> 'completed'`)).toEqual([])
  expect(all(`SELECT state FROM runs`)).toEqual([{ state: 'completed' }])
  expect(
    all(
      `SELECT task_id, stage, count(*) FROM attempts WHERE kind = 'accepted' GROUP BY task_id, generation, stage HAVING count(*) > 1`,
    ),
  ).toEqual([])
  expect(all(`SELECT 1 FROM landing_intents`)).toEqual([])
  expect(processesWith(repo.directory)).toEqual([])
}

/** A copy of it that nobody wrote meanwhile: what its log holds is in the file. */
export function foldLog(db: string): void {
  using store = new DatabaseSync(db)
  store.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}
