import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { slowFsyncLibrary } from '../test/support/slow-fsync.ts'
import { type Figure, median } from './figure.ts'

const ROUNDS = 5
const GOAL_MS = 100
const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')

/** Milliseconds that each fsync takes while the delay of the loop is measured. */
const FSYNC_MS = 100
const MANY_WORKERS = 128
const TASKS = 512
const SECONDS = 30
const GOAL_DELAY_MS = 20

/**
 * The engine's own time per attempt of the demo without waits, with one worker and with eight; and how late its loop is with
 * many workers on a disk that is slow.
 */
export function engineFigures(): Figure[] {
  return [...[1, 8].map(engineShare), ...loopDelay()]
}

function engineShare(workers: number): Figure {
  const ours = median(
    Array.from({ length: ROUNDS }, () => {
      const { engineMs, attempts } = demo(workers)
      return engineMs / attempts
    }),
  )
  return {
    name: `engineMs per attempt, demo --no-sleep, ${workers} workers`,
    ours,
    unit: 'ms',
    anchor: null,
    theirs: null,
    ratio: null,
    goal: `<= ${GOAL_MS} ms`,
    met: ours <= GOAL_MS,
  }
}

function demo(workers: number): { readonly engineMs: number; readonly attempts: number } {
  const args = [PROGRAM, 'demo', '--no-sleep', '--json', '--workers', String(workers)]
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`the demo ended with ${status}`)
  return JSON.parse(stdout) as { engineMs: number; attempts: number }
}

/** In the process of the engine, beside an idle one on the same machine. None where there is no C compiler for the slow disk. */
function loopDelay(): Figure[] {
  const directory = mkdtempSync(join(tmpdir(), 'tdd-delay-'))
  try {
    const library = slowFsyncLibrary(directory)
    if (library === null) return []
    const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
      ours: p99Of({ database: join(directory, `${round}.db`), tasks: TASKS, library }),
      theirs: p99Of({ database: '', tasks: 0, library: null }),
    }))
    const ours = median(rounds.map((round) => round.ours))
    const theirs = median(rounds.map((round) => round.theirs))
    return [
      {
        name: `delay of the loop, p99, ${MANY_WORKERS} workers, each fsync ${FSYNC_MS} ms`,
        ours,
        unit: 'ms',
        anchor: 'an idle process',
        theirs,
        ratio: ours / theirs,
        goal: `<= ${GOAL_DELAY_MS} ms`,
        met: ours <= GOAL_DELAY_MS,
        rounds: ROUNDS,
        bound: { kind: 'most', ratio: GOAL_DELAY_MS / theirs },
      },
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function p99Of(asked: {
  readonly database: string
  readonly tasks: number
  readonly library: string | null
}): number {
  const { database, tasks, library } = asked
  const script = join(import.meta.dirname, 'loop-delay-run.ts')
  const args = [script, database, String(MANY_WORKERS), String(tasks), String(SECONDS)]
  const slow = library === null ? {} : { LD_PRELOAD: library, FSYNC_DELAY_MS: String(FSYNC_MS) }
  const env = { ...process.env, ...slow }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`the engine ended with ${status}: ${stderr}`)
  return (JSON.parse(stdout) as { p99: number }).p99
}
