import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NODE_PROJECT, numberTask } from '../support/cli-sample.ts'

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/main.js')
/** Worked undisturbed before all others, so that it is known what attempts use. */
const FIRST = ['first']
const TASKS = ['alpha', 'beta', 'gamma']
export const KEYS: readonly string[] = [...FIRST, ...TASKS].map((name) => `${name.toUpperCase()}-1`)
export const TARGETS: readonly string[] = ['tdd/first', 'tdd/numbers']

/** A repository with a state directory and places for everything that the program may leave behind. */
export interface DrillPlace {
  readonly directory: string
  readonly repository: string
  readonly state: string
  readonly temp: string
  readonly plans: { readonly first: string; readonly numbers: string }
  readonly env: Readonly<Record<string, string>>
}

export function makePlace(directory: string, ledger: string): DrillPlace {
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
    DRILL_HALTED: join(directory, 'halted'),
    DRILL_OUTPUT: join(directory, 'output'),
  }
  const place = { directory, repository, state, temp, env }
  gitIn(place, 'init', '-q', '-b', 'main')
  gitIn(place, 'add', '.')
  gitIn(place, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-q', '-m', 'Begin')
  const plan = (title: string, names: readonly string[]): string => {
    const path = join(directory, `${title}.json`)
    writeFileSync(path, JSON.stringify({ version: 1, title, tasks: names.map((name) => numberTask(name)) }))
    return path
  }
  return { ...place, plans: { first: plan('first', FIRST), numbers: plan('numbers', TASKS) } }
}

export function gitIn(
  { repository, env }: Pick<DrillPlace, 'repository' | 'env'>,
  ...args: string[]
): string {
  return execFileSync('git', args, {
    cwd: repository,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

/** A process of the built program. */
export function start(place: Pick<DrillPlace, 'repository' | 'env'>, args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: place.repository,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const ended = once(child, 'close').then((end) => {
    const [code, signal] = end as [number | null, NodeJS.Signals | null]
    return { code, signal, ...written }
  })
  return { process: child, ended }
}

/** Does what has to go well, and answers what it printed. */
export async function call(place: DrillPlace, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await start(place, args).ended
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${stderr}`)
  return stdout
}
