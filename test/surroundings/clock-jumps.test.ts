import { renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { expectError } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { expectWhole, type LetterRuns, letterRuns } from '../support/letter-runs.ts'

const HOUR = 3_600_000
const PRELOAD = resolve(import.meta.dirname, '../support/move-clock.mjs')

describe.runIf(DRILL)('a run on a machine whose clock jumps', () => {
  it.each<[string, readonly number[]]>([
    ['forwards', [5 * HOUR]],
    ['back', [-5 * HOUR]],
    ['back before every time that it has written', [HOUR - Date.now()]],
    ['to and fro', [9 * HOUR, -30 * HOUR]],
  ])('goes on to its end, and nothing is done twice: %s', async (_, jumps) => {
    const runs = await letterRuns(['A'])
    const { env, move } = movable(runs)
    const left = [...jumps]
    const seen = new Set<number>()
    const { code, stderr } = await runs.work(['--max-time', '2h'], {
      env,
      onProgress: (text) => {
        const lines = text.split('\n').length
        if (seen.has(lines) || lines < 2) return
        seen.add(lines)
        const next = left.shift()
        if (next !== undefined) move(next)
      },
    })
    expect(code, stderr).toBe(0)
    expect(left, 'every jump happened').toEqual([])
    expectWhole(runs)
    using store = new DatabaseSync(runs.db, { readOnly: true })
    const lost = store.prepare(`SELECT * FROM events WHERE kind IN ('lease_expired', 'attempt_lost')`).all()
    expect(lost, 'nobody lost what it worked on').toEqual([])
  })

  it('is not ended by a second one that finds its lease run out by the clock alone', async () => {
    const runs = await letterRuns(['A'], 5_000)
    const { env, move } = movable(runs)
    const second = Promise.withResolvers<Awaited<ReturnType<LetterRuns['json']>>>()
    let asked = false
    const first = await runs.work([], {
      env,
      onProgress: (text) => {
        if (asked || !text.includes('A')) return
        asked = true
        move(2 * HOUR)
        second.resolve(runs.json(['run', '--agent', 'scripted', '--session', runs.session], { env }))
      },
    })
    expectError(await second.promise, {
      code: 'store_owned',
      says: /owned by process \d+ on \S+, for \d+ s/,
    })
    expect(first, first.stderr).toMatchObject({ code: 0, signal: null })
    expectWhole(runs)
  })

  it('waits no longer for what it gave back before the clock was set back between two runs', async () => {
    const runs = await letterRuns(['A'])
    const { env, move } = movable(runs)
    move(5 * HOUR)
    const { signal } = await runs.work([], {
      env,
      onProgress: (text, kill) => {
        if (text.includes('GREEN')) kill('SIGKILL')
      },
    })
    expect(signal).toBe('SIGKILL')
    move(0)
    const { code, stderr } = await runs.work(['--resume'], { env })
    expect(code, stderr).toBe(0)
    expectWhole(runs)
  })
})

function movable({ env, repo }: LetterRuns) {
  const file = join(repo.directory, 'clock')
  const move = (byMs: number): void => {
    writeFileSync(`${file}.new`, String(byMs))
    renameSync(`${file}.new`, file)
  }
  move(0)
  return { env: { ...env, MOVED_CLOCK: file, NODE_OPTIONS: `--import=${PRELOAD}` }, move }
}
