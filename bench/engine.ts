import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Figure, median } from './figure.ts'

const ROUNDS = 5
const GOAL_MS = 100
const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')

/** The engine's own time per attempt of the demo without waits, with one worker and with eight. */
export function engineFigures(): Figure[] {
  return [1, 8].map(engineShare)
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
