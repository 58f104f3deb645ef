import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/runtime/clock.ts'
import { processIdentity } from '../src/runtime/process-identity.ts'
import { findRepository } from '../src/runtime/repository-id.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { atMost, type Figure, median, reported } from './figure.ts'
import { putRunInProgress } from './run-in-progress.ts'

const ROUNDS = 21
const TASKS = 10_000
const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')

interface Command {
  readonly words: readonly string[]
  readonly on: string
  /** Times what Node itself takes. */
  readonly goal: number
  readonly exit: number
}

/** One that is asked again and again, and commands that load some and nearly all of what a command can load before it begins. */
const COMMANDS: readonly Command[] = [
  { words: ['status'], on: `on a run of ${TASKS.toLocaleString('en')} tasks`, goal: 1.3, exit: 0 },
  { words: ['config'], on: 'of an empty repository', goal: 3, exit: 0 },
  { words: ['ingest', 'missing.json'], on: 'in an empty repository', goal: 3, exit: 2 },
]

/** What a command costs from its start to its end, against the start of Node itself. */
export async function startFigures(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'tdd-bench-'))
  try {
    const [full, empty] = [join(home, 'full'), join(home, 'empty')]
    for (const repository of [full, empty]) spawnSync('git', ['init', '--quiet', repository])
    await using store = await openSqliteStore({
      path: storeOf(home, full),
      clock: systemClock,
      owner: processIdentity(),
    })
    await putRunInProgress(store, TASKS)
    return [
      ...COMMANDS.map((command) => startOf(command, { home, cwd: command.goal < 2 ? full : empty })),
      ...floors(storeOf(home, full)).map((floor) => floorOf(floor, { home, cwd: home })),
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Where the program looks for it. */
function storeOf(home: string, repository: string): string {
  const directory = join(home, 'state', 'tdd-orchestrator', findRepository(repository)?.id ?? '')
  mkdirSync(directory, { recursive: true })
  return join(directory, 'store.db')
}

interface Place {
  readonly home: string
  readonly cwd: string
}

function startOf({ words, on, goal, exit }: Command, place: Place): Figure {
  return atMost(goal, {
    name: `orchestrator ${words.join(' ')} ${on}, from start to end`,
    ...besideNode([PROGRAM, ...words], { place, exit }),
  })
}

interface Floor {
  readonly name: string
  readonly code: string
}

/** What no command written as modules can do without, and no command that looks into the store. */
function floors(store: string): readonly Floor[] {
  const reads = `new DatabaseSync(${JSON.stringify(store)}).prepare('SELECT count(*) FROM runs').get()`
  return [
    { name: 'a module without a word', code: '' },
    {
      name: 'a module that reads one row of that store',
      code: `import { DatabaseSync } from 'node:sqlite'\n${reads}\n`,
    },
  ]
}

function floorOf({ name, code }: Floor, place: Place): Figure {
  const module = join(place.home, 'floor.mjs')
  writeFileSync(module, code)
  return reported({ name: `${name}, from start to end`, ...besideNode([module], { place, exit: 0 }) })
}

/** A program of Node and Node itself, in turns. */
function besideNode(
  args: readonly string[],
  { place, exit }: { readonly place: Place; readonly exit: number },
): Pick<Figure, 'ours' | 'unit' | 'rounds'> & { readonly anchor: string; readonly theirs: number } {
  const rounds = Array.from({ length: ROUNDS }, () => ({
    theirs: timed(['-e', '0'], { place, exit: 0 }),
    ours: timed(args, { place, exit }),
  }))
  return {
    ours: median(rounds.map((round) => round.ours)),
    unit: 'ms',
    anchor: 'node -e 0',
    theirs: median(rounds.map((round) => round.theirs)),
    rounds: ROUNDS,
  }
}

/** Milliseconds. What ends otherwise than it should has not done what is measured. */
function timed(
  args: readonly string[],
  { place, exit }: { readonly place: Place; readonly exit: number },
): number {
  const { home, cwd } = place
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, 'state') }
  const before = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const took = performance.now() - before
  if (status !== exit) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr.toString()}`)
  return took
}
