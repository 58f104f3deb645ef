import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Event } from '../../src/domain/event.ts'
import { openEngine } from '../../src/engine/open.ts'
import { runProgram } from './built-program.ts'

/** Every task of the demonstration, and what has to be caught of it. PERSON-1 or PERSON-2 comes back from landing, whichever is second. */
export const CAUGHT = [
  'AMOUNT-1 green crash',
  'IMPORT-1 green stalled',
  'LEDGER-1 red syntax_error',
  'LEDGER-2 green tests_changed',
  'LEDGER-3 green tests_failed',
  'PERSON landing merge_conflict',
  'REPORT-1 verify check_failed',
  'SHARE-1 red unexpected_green',
  'SHARE-2 green disputed',
]

export const TASKS = 10

/** An empty directory with a place for temporary files, both removed when the test ends. */
export function emptyPlace(): {
  readonly directory: string
  readonly temp: string
  readonly env: Record<string, string>
} {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tdd-demo-test-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  const temp = join(directory, 'temp')
  mkdirSync(temp)
  // No HOME, no git user: nothing but where programs are.
  return { directory, temp, env: { PATH: process.env['PATH'] ?? '', TMPDIR: temp } }
}

/** What the event log says was caught, in the words of `CAUGHT`, sorted. */
export function caughtOf(events: readonly Event[]): string[] {
  return events
    .flatMap(({ kind, task, data }) => {
      const of = (stage: unknown, code: unknown): string[] => [`${task} ${String(stage)} ${String(code)}`]
      if (kind === 'attempt_refused') {
        const [first] = data['refusals'] as { code: string }[]
        return of(data['stage'], first?.code)
      }
      if (kind === 'attempt_gave_up') return of(data['stage'], data['cause'])
      if (kind === 'attempt_disputed') return of(data['stage'], 'disputed')
      if (kind === 'landing_returned') return of('landing', data['code'])
      return []
    })
    .map((line) => line.replace(/^PERSON-[12] /, 'PERSON '))
    .sort()
}

/** What was caught in a demonstration that was kept. */
export async function caughtAt(kept: string, run: string): Promise<string[]> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(kept, 'home'),
    XDG_STATE_HOME: join(kept, 'state'),
  }
  await using engine = await openEngine({ directory: join(kept, 'repository'), env, flags: {} })
  return caughtOf(await engine.world.store.events({ after: 0, limit: 10_000, run }))
}

/** Executes the evidence of every landing again. */
export async function expectProven(kept: string, env: Readonly<Record<string, string>>): Promise<void> {
  const proof = await runProgram(['prove', 'main..tdd/evenly', '--json'], {
    cwd: join(kept, 'repository'),
    env: { ...env, XDG_STATE_HOME: join(kept, 'state') },
  })
  expect(proof, proof.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(proof.stdout)).toEqual({ checked: TASKS, proven: TASKS, waived: [], broken: [] })
}
