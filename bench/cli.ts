import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, median } from './figure.ts'

const ROUNDS = 11
const GOAL = 3
const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')
/** Commands that load least, some, and nearly all of what a command can load before it begins its work. */
const COMMANDS = [['status'], ['config'], ['ingest', 'missing.json']] as const

/** What a command costs from its start to its end where there is nothing to do, against the start of Node itself. */
export function startFigures(): Figure[] {
  const place = mkdtempSync(join(tmpdir(), 'tdd-bench-'))
  try {
    spawnSync('git', ['init', '--quiet', place])
    return COMMANDS.map((command) => startOf(command, place))
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function startOf(command: readonly string[], place: string): Figure {
  const rounds = Array.from({ length: ROUNDS }, () => ({
    ours: timed([PROGRAM, ...command], place),
    theirs: timed(['-e', '0'], place),
  }))
  const ours = median(rounds.map((round) => round.ours))
  const theirs = median(rounds.map((round) => round.theirs))
  return {
    name: `orchestrator ${command.join(' ')}, from start to end`,
    ours,
    unit: 'ms',
    anchor: 'node -e 0',
    theirs,
    ratio: ours / theirs,
    goal: `<= ${GOAL} times`,
    met: ours / theirs <= GOAL,
  }
}

function timed(args: readonly string[], cwd: string): number {
  const env = { ...process.env, HOME: cwd, XDG_STATE_HOME: join(cwd, '.state') }
  const before = performance.now()
  spawnSync(process.execPath, args, { cwd, env, stdio: 'ignore' })
  return performance.now() - before
}
