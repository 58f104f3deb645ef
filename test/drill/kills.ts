import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { processesWith } from '../support/processes.ts'
import { randomOf } from '../support/seeded-random.ts'
import { NODE_PROJECT, numberTask } from '../support/cli-sample.ts'

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/main.js')
const TASKS = ['alpha', 'beta', 'gamma', 'delta']
/** Of one repository: then it is left to come to its end. */
const KILLS_EACH = 10
const LONGEST_LIFE_MS = 2_000
const LONGEST_RUN_MS = 120_000
const MOST_STARTS = 60
/** It ended, was stopped by a signal, or goes on another time. */
const PAUSED: readonly (number | null)[] = [0, 75, 129, 130, 143]

/** What the agents told outside: each call, and what it used. */
interface Mark {
  readonly attempt: number
  readonly task: string
  readonly stage: string
  readonly tokens: number
  readonly ended: boolean
}

/** How a process of the program is to end. */
type End =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals; readonly afterMs: number }
  /** It is stopped for a while and goes on. */
  | { readonly kind: 'stop'; readonly afterMs: number; readonly ms: number }
  | { readonly kind: 'step'; readonly step: string }

/** Kills the built program until `kills` processes have ended by it, and holds what is left against what the agents told. */
async function drillKills(kills: number, seed: number): Promise<void> {
  const random = randomOf(seed)
  const counts = new Map<string, number>()
  let done = 0
  for (let repository = 1; done < kills; repository += 1) {
    const told = await drillOne({ random, most: Math.min(KILLS_EACH, kills - done), counts })
    done += told.kills
    process.stdout.write(
      `repository ${repository}: ${told.kills} kills, ${told.marks} calls of agents, ${told.estimated} of them estimated; ${done} of ${kills} kills\n`,
    )
  }
  const ways = [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1))
  process.stdout.write(
    `${done} kills, nothing lost and nothing doubled: ${ways.map(([way, count]) => `${count} by ${way}`).join(', ')}\n`,
  )
}

interface Drill {
  readonly random: () => number
  readonly most: number
  readonly counts: Map<string, number>
}

async function drillOne({ random, most, counts }: Drill) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tdd-kills-')))
  const ledger = await openLedger()
  try {
    const place = makePlace(directory, ledger.url)
    await ended(start(place, ['ingest', place.plan, '--trust-commands']))
    let kills = 0
    for (let starts = 0; (await stateOf(place)) !== 'completed'; starts += 1) {
      if (starts === MOST_STARTS) throw new Error(`the run did not end within ${MOST_STARTS} starts`)
      const end = kills < most ? pickEnd(random) : null
      const { code, killed, stderr } = await runOnce(place, end)
      if (!killed && !PAUSED.includes(code)) throw new Error(`the run ended with ${code}: ${stderr}`)
      if (!killed) continue
      kills += 1
      const way = end === null ? 'its time' : wayOf(end)
      counts.set(way, (counts.get(way) ?? 0) + 1)
    }
    await letStoppedGitGoOn(place)
    const marks = ledger.marks()
    const estimated = requireWhole(place, marks)
    return { kills, marks: marks.length, estimated }
  } finally {
    await ledger.close()
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGHUP'] as const

function pickEnd(random: () => number): End {
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1))
  const which = random()
  if (which < 0.4) {
    const signal = SIGNALS[between(0, SIGNALS.length - 1)] ?? 'SIGKILL'
    return { kind: 'signal', signal, afterMs: between(100, LONGEST_LIFE_MS) }
  }
  if (which < 0.5) return { kind: 'stop', afterMs: between(100, LONGEST_LIFE_MS), ms: between(100, 3_000) }
  const moment = random() < 0.5 ? 'before' : 'after'
  if (which < 0.75) return { kind: 'step', step: `commit ${moment} ${between(1, 120)} SIGKILL` }
  if (which < 0.85) return { kind: 'step', step: `objects ${moment} ${between(1, 8)} SIGKILL` }
  if (which < 0.95) return { kind: 'step', step: `refs ${moment} ${between(1, 12)} SIGKILL` }
  return { kind: 'step', step: `refs before ${between(2, 12)} git` }
}

function wayOf(end: End): string {
  if (end.kind === 'signal') return end.signal
  if (end.kind === 'stop') return 'SIGSTOP'
  const [step, moment, , how] = end.step.split(' ')
  return how === 'git' ? 'a git that was stopped' : `SIGKILL ${moment} ${step}`
}

async function stateOf(place: DrillPlace): Promise<string> {
  const child = start(place, ['status', '--json'])
  const { code, stdout, stderr } = await ended(child)
  if (code !== 0) throw new Error(`status ended with ${code}: ${stderr}`)
  const { run } = JSON.parse(stdout) as { readonly run: { readonly state: string } | null }
  return run?.state ?? 'none'
}

interface DrillPlace {
  readonly directory: string
  readonly repository: string
  readonly plan: string
  readonly env: Readonly<Record<string, string>>
}

function makePlace(directory: string, ledger: string): DrillPlace {
  const [repository, home, state, temp] = ['repository', 'home', 'state', 'temp'].map((name) =>
    join(directory, name),
  ) as [string, string, string, string]
  for (const folder of [repository, home, state, temp]) mkdirSync(folder)
  const argv = [process.execPath, resolve(import.meta.dirname, 'agent.mjs'), ledger]
  const files: Readonly<Record<string, string>> = {
    ...(NODE_PROJECT as Readonly<Record<string, string>>),
    '.tdd/config.toml': `[run]\nagent = "command"\n[agents.command]\nargv = ${JSON.stringify(argv)}\noutput = "codex-json"\n[verify]\nrepeats = 1\n`,
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(repository, path, '..'), { recursive: true })
    writeFileSync(join(repository, path), text)
  }
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_STATE_HOME: state,
    TMPDIR: temp,
    DRILL_STOPPED: join(directory, 'stopped'),
  }
  const git = (...args: string[]): unknown =>
    execFileSync('git', args, { cwd: repository, env, stdio: 'pipe' })
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-q', '-m', 'Begin')
  const plan = join(directory, 'plan.json')
  writeFileSync(
    plan,
    JSON.stringify({ version: 1, title: 'Numbers', tasks: TASKS.map((name) => numberTask(name)) }),
  )
  return { directory, repository, plan, env }
}

interface Outcome {
  readonly code: number | null
  readonly killed: boolean
  readonly stderr: string
}

async function runOnce(place: DrillPlace, end: End | null): Promise<Outcome> {
  const step =
    end?.kind === 'step'
      ? { DRILL_STEP: end.step, NODE_OPTIONS: `--import=${join(import.meta.dirname, 'at-step.mjs')}` }
      : {}
  const child = start({ ...place, env: { ...place.env, ...step } }, ['run', '--workers', '3', '--json'])
  const life = new AbortController()
  const watch = async (): Promise<boolean> => {
    if (end === null || end.kind === 'step') return false
    await after(end.afterMs, undefined, { signal: life.signal }).catch(() => undefined)
    if (life.signal.aborted) return false
    if (end.kind === 'signal') return child.process.kill(end.signal)
    child.process.kill('SIGSTOP')
    await after(end.ms)
    child.process.kill('SIGCONT')
    return true
  }
  const watching = watch()
  const limit = setTimeout(() => child.process.kill('SIGKILL'), LONGEST_RUN_MS)
  const outcome = await ended(child)
  clearTimeout(limit)
  life.abort()
  const wasHit = await watching
  return { ...outcome, killed: outcome.signal === 'SIGKILL' || wasHit }
}

function start(place: Pick<DrillPlace, 'repository' | 'env'>, args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: place.repository,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  return { process: child, written }
}

async function ended({ process: child, written }: ReturnType<typeof start>) {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, ...written }
}

/** A git that was stopped before it changed refs wakes up when everything has landed: it has to change nothing. */
async function letStoppedGitGoOn({ env }: DrillPlace): Promise<void> {
  const file = env['DRILL_STOPPED'] ?? ''
  if (!existsSync(file)) return
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGCONT')
  } catch {
    // It was ended with those that its process left behind.
    return
  }
  await after(500)
}

/** Answers how many calls are charged by an estimate. Throws what is lost, doubled or left behind. */
function requireWhole(place: DrillPlace, marks: readonly Mark[]): number {
  const { directory, repository, env } = place
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: repository,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  const require = (holds: boolean, fact: string): void => {
    if (!holds) throw new Error(fact)
  }
  require(git('fsck', '--full', '--strict', '--no-dangling') === '', 'git finds fault with the repository')
  const format = '--format=%(trailers:key=TDD-Task,valueonly,separator=%x20)'
  const landed = git('log', '--first-parent', '--merges', format, 'main..tdd/numbers').split('\n').toSorted()
  const keys = TASKS.map((name) => `${name.toUpperCase()}-1`).toSorted()
  require(JSON.stringify(landed) === JSON.stringify(keys), `landed are ${landed.join(', ')}`)
  using store = new DatabaseSync(findStore(join(directory, 'state')), { readOnly: true })
  const rows = store.prepare(
    `SELECT a.id, a.stage, a.kind, t.key, m.invocations, m.output_tokens AS tokens, m.estimated FROM attempts a JOIN tasks t ON t.id = a.task_id
     LEFT JOIN amounts m ON m.attempt_id = a.id AND m.kind = 'settled' WHERE a.agent IS NOT NULL`,
  )
  const attempts = new Map(rows.all().map((row) => [Number(row['id']), row]))
  const calls = Map.groupBy(marks, ({ attempt }) => attempt)
  let estimated = 0
  for (const [attempt, told] of calls) {
    const row = attempts.get(attempt)
    const used = Math.max(...told.map(({ tokens }) => tokens))
    require(row !== undefined, `a call of an agent has no attempt ${attempt}`)
    require(told.filter(({ ended: isEnd }) => !isEnd).length === 1, `attempt ${attempt} called twice`)
    require(row?.['invocations'] === 1, `attempt ${attempt} counts ${String(row?.['invocations'])} calls`)
    if (row?.['estimated'] === 1) estimated += 1
    else
      require(Number(row?.['tokens']) ===
        used, `attempt ${attempt} is charged ${String(row?.['tokens'])} and used ${used}`)
  }
  for (const [id, row] of attempts)
    require(calls.has(id) ||
      row['invocations'] === 0 ||
      row['estimated'] === 1, `attempt ${id} is charged and called nobody`)
  const accepted = Map.groupBy(
    [...attempts.values()].filter(({ kind }) => kind === 'accepted'),
    ({ key, stage }) => `${String(key)} ${String(stage)}`,
  )
  for (const [stage, twice] of accepted)
    require(twice.length === 1, `${stage} was accepted ${twice.length} times`)
  require(processesWith(directory).length ===
    0, `processes are left: ${JSON.stringify(processesWith(directory))}`)
  const left = readdirSync(env['TMPDIR'] ?? '')
  require(left.length === 0, `temporary files are left: ${left.join(', ')}`)
  return estimated
}

function findStore(state: string): string {
  const found = readdirSync(state, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('/store.db'),
  )
  if (found === undefined) throw new Error('there is no store')
  return join(state, found)
}

async function openLedger() {
  const marks: Mark[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      marks.push(JSON.parse(body) as Mark)
      response.end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    marks: (): readonly Mark[] => marks,
    close: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
const kills = Number(values.kills)
if (Number.isInteger(kills) && kills > 0) await drillKills(kills, Number(values.seed))
else {
  process.stderr.write('--kills takes a whole number of kills, from 1\n')
  process.exitCode = 2
}
