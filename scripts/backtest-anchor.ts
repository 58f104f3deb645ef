/**
 * What a backtest is measured against: of the commits that change tests and sources, those whose test files fail with the
 * repository's bare runner on the parent with the commit's tests, and pass on the commit. Nothing of the engine takes
 * part but the choice of suites and paths.
 *
 *   node scripts/backtest-anchor.ts REPO [--from REV] [--to REV] [--limit N] [--config FILE] [--report BACKTEST.json]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Suite } from '../src/domain/suite.ts'
import { heldInHistory } from '../src/engine/backtest/held-in-history.ts'
import { planHistory, type ReplayedCommit } from '../src/engine/backtest/history.ts'
import { chooseSuites, readHistory } from '../src/engine/backtest/read-history.ts'
import { openBench } from '../src/engine/open.ts'
import { setupFiles } from '../src/engine/setup-key.ts'
import { parseProject } from '../src/protocol/project-file.ts'

interface Anchored {
  readonly commit: string
  readonly subject: string
  readonly parentWithTests: Outcome
  readonly commitItself: Outcome
}

/** A run that never ends says nothing about the tests beside the one that hangs. */
type Outcome = 'passed' | 'failed' | 'timeout' | 'setup_failed' | 'no_test_file'

const RUN_MS = 120_000
/** Packages come over the network. */
const SETUP_MS = 600_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string' },
    to: { type: 'string', default: 'HEAD' },
    limit: { type: 'string' },
    config: { type: 'string' },
    report: { type: 'string' },
  },
})
let suitesByName: ReadonlyMap<string, Suite> = new Map()
const repository = resolve(positionals[0] ?? '.')
const { commits, base } = await readCommits()
const place = mkdtempSync(join(tmpdir(), 'backtest-anchor-'))
try {
  const anchored = measure(commits)
  const honest = anchored.filter(
    ({ parentWithTests, commitItself }) => parentWithTests === 'failed' && commitItself === 'passed',
  )
  const summary = { base, commits: commits.length, tasks: anchored.length, anchor: honest.length }
  process.stdout.write(
    `${JSON.stringify({ ...summary, ...compared(honest), tasksMeasured: anchored }, null, 2)}\n`,
  )
} finally {
  rmSync(place, { recursive: true, force: true })
}

async function readCommits(): Promise<{ commits: readonly ReplayedCommit[]; base: string }> {
  await using bench = await openBench({ directory: repository, env: process.env, flags: {} })
  const history = await readHistory(bench, {
    from: values.from ?? null,
    to: values.to,
    limit: values.limit === undefined ? null : Number(values.limit),
  })
  const { config } = values
  const written =
    config === undefined
      ? null
      : (found: readonly Suite[]) => parseProject(readFileSync(config, 'utf8'), config, found)
  const suites = await chooseSuites(bench, written, history)
  suitesByName = new Map(suites.map((suite) => [suite.name, suite]))
  const held = await heldInHistory(
    bench.workshop,
    { commits: history.commits, suites },
    { signal: new AbortController().signal, tell: (line) => process.stderr.write(`${line}\n`) },
  )
  return { commits: planHistory(history.commits, suites, held), base: history.base }
}

function measure(history: readonly ReplayedCommit[]): Anchored[] {
  const clone = join(place, 'clone')
  run('git', ['clone', '--quiet', '--shared', '--no-checkout', repository, clone], place)
  const git = (...args: string[]): void => {
    const { status, stderr } = run('git', args, clone)
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
  }
  let installed = ''
  return history
    .filter(({ isTask }) => isTask)
    .map(({ commit, definition, tests }) => {
      const suite = suitesByName.get(definition.suite) as Suite
      const written = [...tests].flatMap(([path, entry]) => (entry === null ? [] : [path]))
      const gone = [...tests].flatMap(([path, entry]) => (entry === null ? [path] : []))
      const files = written.filter((path) => isTestFile(path, suite))
      const at = (prepare: () => void): Outcome => {
        git('checkout', '--quiet', '--force', '--detach', `${commit.id}^1`)
        git('clean', '-qfd')
        prepare()
        if (files.length === 0) return 'no_test_file'
        const key = setupKey(clone)
        if (key !== installed) {
          installed = ''
          if (!suite.setup.every((command) => runIn(suite, clone, command) === 0)) return 'setup_failed'
          installed = key
        }
        const status = runIn(suite, clone, bareCommand(suite, files))
        return status === 0 ? 'passed' : status === null ? 'timeout' : 'failed'
      }
      const parentWithTests = at(() => {
        if (written.length > 0) git('checkout', '--quiet', commit.id, '--', ...written)
        if (gone.length > 0) git('rm', '--quiet', '--force', '--', ...gone)
      })
      const commitItself = at(() => git('checkout', '--quiet', '--force', '--detach', commit.id))
      process.stderr.write(
        `${commit.id.slice(0, 10)} ${parentWithTests} -> ${commitItself} ${commit.subject}\n`,
      )
      return { commit: commit.id, subject: commit.subject, parentWithTests, commitItself }
    })
}

/** Test files as their runners name them; helpers and recorded outputs are not run by themselves. */
function isTestFile(path: string, suite: Suite): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (suite.cwd !== '.' && !path.startsWith(`${suite.cwd}/`)) return false
  if (name.endsWith('.py')) return /^test_.*\.py$|_test\.py$/.test(name)
  if (!/\.[cm]?[jt]sx?$/.test(name) || name.endsWith('.d.ts')) return false
  if (suite.runner === 'node' || suite.runner === 'mocha') return true
  return /\.(test|spec)[-.]|^test[-.]/.test(name) || path.includes('__tests__/')
}

function bareCommand(suite: Suite, files: readonly string[]): readonly string[] {
  const own = files.map((path) => (suite.cwd === '.' ? path : path.slice(suite.cwd.length + 1)))
  switch (suite.runner) {
    case 'node':
      return ['node', '--test', ...suite.args, ...own]
    case 'vitest':
      return ['npx', '--no-install', 'vitest', 'run', '--coverage.enabled=false', ...suite.args, ...own]
    case 'jest':
      return ['npx', '--no-install', 'jest', '--coverage=false', ...suite.args, ...own]
    case 'mocha':
      return ['npx', '--no-install', 'mocha', ...suite.args, ...own]
    case 'pytest':
      return ['python3', '-m', 'pytest', '-q', ...suite.args, ...own]
    default:
      return (suite.command ?? ['false'])
        .flatMap((word) => (word === '{files}' ? own : [word]))
        .map((word) => word.replaceAll('{report}', join(place, 'report.xml')))
  }
}

function runIn(suite: Suite, clone: string, command: readonly string[]): number | null {
  const [program = '', ...args] = command
  for (const build of suite.setup.includes(command) ? [] : suite.build) {
    const [first = '', ...rest] = build
    if (run(first, rest, join(clone, suite.cwd), { extra: suite.env }).status !== 0) return 1
  }
  const timeout = suite.setup.includes(command) ? SETUP_MS : RUN_MS
  return run(program, args, join(clone, suite.cwd), { extra: suite.env, timeout }).status
}

function setupKey(clone: string): string {
  const listed = run('git', ['ls-files'], clone).stdout.split('\n')
  return setupFiles(listed)
    .map((path) => `${path}\n${readFileSync(join(clone, path), 'utf8')}`)
    .join('\0')
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  { extra = {}, timeout = RUN_MS }: { extra?: Readonly<Record<string, string>>; timeout?: number } = {},
) {
  const env: Record<string, string | undefined> = { ...process.env, CI: '1', ...extra }
  for (const name of ['NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'NODE_PATH', 'NODE_ENV', 'VITEST'])
    delete env[name]
  return spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout,
    maxBuffer: 256 * 1024 * 1024,
  })
}

function compared(honest: readonly Anchored[]): Record<string, unknown> {
  if (values.report === undefined) return {}
  const report = JSON.parse(readFileSync(values.report, 'utf8')) as {
    readonly refused: readonly { readonly commit: string; readonly code: string; readonly fact: string }[]
  }
  const missed = honest.flatMap(({ commit, subject }) => {
    const refusal = report.refused.find((refused) => refused.commit === commit)
    return refusal === undefined ? [] : [{ ...refusal, subject }]
  })
  const proven = honest.length - missed.length
  return { proven, share: honest.length === 0 ? null : proven / honest.length, missed }
}
