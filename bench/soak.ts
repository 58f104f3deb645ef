import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figure.ts'

const RUNS = 100
/** So many times as many come before them: V8 and malloc reach what they keep only after tens of thousands of tasks. */
const BEFORE = 2
const TASKS = 100
const GOAL_BYTES = 1_024

interface Sample {
  readonly tasks: number
  readonly heapUsed: number
  readonly rss: number
}

/**
 * What 10,000 tasks leave in the memory of one process and its store, when their runs are over: 100 runs of 100 tasks, one
 * after the other, behind 200 such runs. The slope over them.
 */
export function soakFigures(): Figure[] {
  const directory = mkdtempSync(join(tmpdir(), 'tdd-soak-'))
  try {
    const samples = soak(directory).slice(BEFORE * RUNS)
    return [
      leftOf(
        'heap',
        slope(samples, ({ heapUsed }) => heapUsed),
      ),
      leftOf(
        'resident memory',
        slope(samples, ({ rss }) => rss),
      ),
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function soak(directory: string): Sample[] {
  const script = join(import.meta.dirname, 'soak-run.ts')
  const args = ['--expose-gc', script, directory, String((BEFORE + 1) * RUNS), String(TASKS)]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the soak ended with ${status}: ${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample)
}

/** Bytes for each task, by least squares. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [middle, height] = [mean(samples.map(({ tasks }) => tasks)), mean(samples.map(of))]
  const rise = samples.reduce((sum, sample) => sum + (sample.tasks - middle) * (of(sample) - height), 0)
  return rise / samples.reduce((sum, { tasks }) => sum + (tasks - middle) ** 2, 0)
}

function leftOf(what: string, bytes: number): Figure {
  return {
    name: `${what} that a task leaves in the process, ${RUNS * TASKS} tasks in ${RUNS} runs, behind ${BEFORE} times as many`,
    ours: bytes,
    unit: 'bytes',
    anchor: null,
    theirs: null,
    ratio: null,
    goal: `<= ${GOAL_BYTES} bytes`,
    met: bytes <= GOAL_BYTES,
    rounds: 1,
  }
}
