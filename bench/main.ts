/** `npm run bench -- engine [--json]`: measures the built program. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

interface Figure {
  readonly name: string
  readonly ours: number
  readonly goal: string
  readonly met: boolean
}

const ROUNDS = 5
const GOAL_MS = 100
const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')

const [suite = 'engine'] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
if (suite !== 'engine') {
  process.stderr.write(`There is no suite ${JSON.stringify(suite)}; there is: engine\n`)
  process.exit(2)
}
const figures = [1, 8].map(engineShare)
const [cpu] = cpus()
const machine = {
  cpu: cpu?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  node: process.version,
}
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ suite, machine, figures }, null, 2)}\n`)
} else {
  for (const { name, ours, goal, met } of figures) {
    process.stdout.write(`${name}: ${ours.toFixed(1)} ms (goal ${goal}${met ? '' : ', missed'})\n`)
  }
}
process.exitCode = figures.every(({ met }) => met) ? 0 : 1

/** The engine's own time per attempt of the demo without waits: the median of five runs. */
function engineShare(workers: number): Figure {
  const shares = Array.from({ length: ROUNDS }, () => {
    const { engineMs, attempts } = demo(workers)
    return engineMs / attempts
  }).toSorted((left, right) => left - right)
  const ours = shares[Math.floor(ROUNDS / 2)] ?? Number.NaN
  return {
    name: `engineMs per attempt, demo --no-sleep, ${workers} workers`,
    ours,
    goal: `<= ${GOAL_MS}`,
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
