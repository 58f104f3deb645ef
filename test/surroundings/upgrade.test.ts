import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type ProgramEnd, runProgram } from '../support/built-program.ts'
import { askingAgent } from '../support/asking-agent.ts'
import { type CliSample, cliSample, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const NAMES = ['double', 'twice']

describe.runIf(DRILL)('a run whose program is replaced once its first task is claimed', () => {
  it('comes to its right end, and another version beside it tells how it stands', async () => {
    const sample = cliSample()
    const program = installed(sample)
    const plan = { version: 1, title: 'Numbers', tasks: NAMES.map((name) => numberTask(name)) }
    const session = {
      version: 1,
      tasks: Object.fromEntries(NAMES.map((name) => [key(name), played(name)])),
    }
    await sample.cli(['ingest', sample.beside('plan.json', plan)])
    const play = ['--agent', 'scripted', '--session', sample.beside('played.session.json', session)]
    const run = started(sample, program, ['run', '--workers', '2', '--refactor', '--report', ...play])
    await firstClaim(sample)
    exchange(program)
    const beside = await sample.json(['status'])
    expect(beside.document, beside.stderr).toMatchObject({
      run: { state: 'running', silence: null },
      tasks: { completed: 0 },
    })
    const { code, stdout, stderr } = await run
    expect(code, stderr).toBe(0)
    const report = JSON.parse(stdout) as Report
    expect(report).toMatchObject({ state: 'completed', warnings: [], refusals: [{ stage: 'red' }] })
    expect(report.landed).toHaveLength(NAMES.length)
    expect(readFileSync(report.report ?? '', 'utf8')).toContain('DOUBLE-1')
    const proof = await sample.json(['prove', `main..${report.target}`])
    expect(proof.code, proof.stderr).toBe(0)
  })

  it('still gives its agents the tools of their attempts', async () => {
    const sample = cliSample()
    const program = installed(sample)
    const script = {
      red: [numberTest('double'), { call: 'run_tests' }],
      green: [numberSource('double'), { call: 'run_tests' }],
    }
    const wait = 'setTimeout(() => import(process.argv[1]), 2000)'
    const argv = [process.execPath, '-e', wait, await askingAgent(), JSON.stringify(script)]
    mkdirSync(join(sample.repo.root, '.tdd'))
    writeFileSync(
      join(sample.repo.root, '.tdd', 'config.toml'),
      `[run]\nagent = "command"\n[agents.command]\nargv = ${JSON.stringify(argv)}\n`,
    )
    const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
    await sample.cli(['ingest', sample.beside('plan.json', plan)])
    const run = started(sample, program, ['run'])
    await firstClaim(sample)
    rmSync(program, { recursive: true })
    const { code, stderr } = await run
    expect(code, stderr).toBe(0)
    const { stdout } = await sample.cli(['task', 'log', 'DOUBLE-1'])
    expect(stdout).toContain('1 passed, 0 failed')
  })
})

interface Report {
  readonly target: string
  readonly landed: readonly unknown[]
  readonly report?: string
}

/** The first RED is wrong, and nobody works before the program is replaced. */
function played(name: string): unknown {
  const wrong = { write: { [`test/${name}.test.js`]: 'nothing(\n' } }
  const red = name === 'double' ? [[{ sleepMs: 2_500 }, wrong]] : [[{ sleepMs: 2_500 }, numberTest(name)]]
  return {
    red,
    red_fix: name === 'double' ? [[numberTest(name)]] : [],
    green: [[numberSource(name)]],
    fix: [],
    refactor: [[numberSource(name, '2 * n')]],
  }
}

function key(name: string): string {
  return `${name.toUpperCase()}-1`
}

/** The built program with the packages that it needs, as an installation would have them. */
function installed({ repo }: CliSample): string {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs'), '--if-stale'], { stdio: 'pipe' })
  const place = join(repo.directory, 'program')
  for (const part of ['package.json', 'dist', 'node_modules/@ast-grep', 'node_modules/@opentelemetry/api'])
    cpSync(join(ROOT, part), join(place, part), { recursive: true, dereference: true })
  return place
}

function started(sample: CliSample, program: string, args: readonly string[]): Promise<ProgramEnd> {
  const main = join(program, 'dist', 'cli', 'main.js')
  const within = [process.execPath, '-e', STARTS, main]
  return runProgram([...args, '--json'], { cwd: sample.repo.root, env: sample.env, within })
}

/** Starts the program that is named first in place of the one that is named after it. */
const STARTS = `const [other, , , ...args] = process.argv.slice(1)
process.argv.splice(1, process.argv.length, other, ...args)
import(other)`

async function firstClaim(sample: CliSample): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const { stdout } = await sample.cli(['task', 'list', '--json'])
    if (stdout.includes('"running"')) return
    await after(20)
  }
  throw new Error('no task was claimed')
}

function exchange(program: string): void {
  const files = filesBelow(program)
  renameSync(program, `${program}.old`)
  for (const file of files) {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, OTHER)
  }
  rmSync(`${program}.old`, { recursive: true })
}

/** Whoever loads it fails: no file of another version goes with those of this one. */
const OTHER = 'throw new Error("a file of another version")\n'

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
