/**
 * Whether `check` says of each task of a history what the backtest said of it. The suites of both are those that are
 * found, or those of `.tdd/config.toml` in REPO.
 *
 *   node scripts/backtest-check.ts REPO --report BACKTEST.json --anchor ANCHOR.json
 *
 * ANCHOR.json is what `scripts/backtest-anchor.ts` printed for the same commits. Exits 1 where they differ.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

interface Compared {
  readonly commit: string
  readonly subject: string
  readonly check: string
  readonly backtest: string
}

const PROGRAM = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js')
const CHECK_MS = 1_800_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { report: { type: 'string', default: '' }, anchor: { type: 'string', default: '' } },
})
const repository = resolve(positionals[0] ?? '.')
const report = readJson<{ refused: { commit: string; code: string }[] }>(values.report)
const anchor = readJson<{ tasksMeasured: { commit: string; subject: string }[] }>(values.anchor)
const refusals = new Map(report.refused.map(({ commit, code }) => [commit, `refused: ${code}`]))
const compared = anchor.tasksMeasured.map(({ commit, subject }): Compared => {
  const line = { commit, subject, check: verdictOf(commit), backtest: refusals.get(commit) ?? 'proven' }
  process.stderr.write(`${commit.slice(0, 10)} check ${line.check}, backtest ${line.backtest} ${subject}\n`)
  return line
})
const differing = compared.filter(({ check, backtest }) => check !== backtest)
process.stdout.write(`${JSON.stringify({ tasks: compared.length, differing, compared }, null, 2)}\n`)
process.exitCode = differing.length === 0 ? 0 : 1

function verdictOf(commit: string): string {
  const args = [PROGRAM, 'check', `${commit}^1..${commit}`, '--json']
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: repository,
    encoding: 'utf8',
    timeout: CHECK_MS,
    maxBuffer: 256 * 1024 * 1024,
  })
  if (stdout === '') return `nothing printed: ${stderr.slice(-200)}`
  const document = JSON.parse(stdout) as {
    readonly verdict?: string
    readonly refusals?: readonly { readonly code: string }[]
    readonly error?: { readonly code: string }
  }
  const [first] = document.refusals ?? []
  if (document.verdict === 'refused') return `refused: ${first?.code}`
  return document.verdict ?? `error: ${document.error?.code}`
}

function readJson<Shape>(file: string): Shape {
  return JSON.parse(readFileSync(file, 'utf8')) as Shape
}
