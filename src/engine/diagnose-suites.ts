import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { RunnerName, Suite } from '../domain/suite.ts'
import { hasDirectory } from '../domain/suite-directory.ts'
import { findProgram } from '../runtime/find-program.ts'
import { userPath } from '../runtime/user-path.ts'
import type { Finding } from '../protocol/output/doctor-report.ts'
import { note, ok, problem } from './finding.ts'
import type { Workshop } from './context.ts'
import type { Bench } from './open.ts'

/** The suites of a repository and whether what they need is installed. Runs nothing of the repository. */
export async function diagnoseSuites(bench: Bench): Promise<Finding[]> {
  if (bench.suites.length === 0) {
    return [
      problem(
        'suites',
        'no test suite is configured, and none was found in the files of HEAD',
        'Commit your tests, or describe the suite in .tdd/config.toml (orchestrator init writes one).',
      ),
    ]
  }
  const paths = await pathsAtHead(bench.workshop)
  const findings = await Promise.all(
    bench.suites.map(async (suite) =>
      hasDirectory(paths, suite) ? await diagnoseSuite(bench, suite) : [lostSuite(suite)],
    ),
  )
  return findings.flat()
}

async function pathsAtHead({ git }: Workshop): Promise<readonly string[]> {
  const head = await git.resolve('HEAD')
  return head === null ? [] : [...(await git.files((await git.readCommit(head)).tree)).keys()]
}

function lostSuite(suite: Suite): Finding {
  const what = `there is no directory ${suite.cwd} in the files of HEAD`
  return lacking(suite, what, 'Commit it, or correct `cwd` of the suite.')
}

async function diagnoseSuite(bench: Bench, suite: Suite): Promise<Finding[]> {
  const where = suite.cwd === '.' ? '' : ` in ${suite.cwd}`
  return [
    ok('suites', `${suite.name}: ${suite.runner}${where}, tests ${suite.tests.join(', ')}`),
    await runnerOf(bench, suite),
    ...missingPrograms(bench, suite),
  ]
}

const PACKAGES: readonly RunnerName[] = ['vitest', 'jest', 'mocha', 'ava', 'tap']
const PROGRAMS: Readonly<Partial<Record<RunnerName, readonly string[]>>> = {
  node: ['node', '--version'],
  pytest: ['python3', '--version'],
  go: ['go', 'version'],
  cargo: ['cargo', '--version'],
}

async function runnerOf(bench: Bench, suite: Suite): Promise<Finding> {
  if (suite.command !== null) return ok('suites', `${suite.name}: runs ${suite.command.join(' ')}`)
  if (PACKAGES.includes(suite.runner)) return packagedRunner(bench, suite)
  const [program, ...args] = PROGRAMS[suite.runner] ?? []
  if (program === undefined)
    return lacking(suite, 'its runner needs a command', 'Set `command` and `report`.')
  const found = findProgram(program, placeOf(bench, suite))
  if (found === null) {
    return lacking(
      suite,
      `${program} is not on the PATH`,
      `Install ${program}, and start again from a new terminal.`,
    )
  }
  return ok('suites', `${suite.name}: ${found} (${await versionOf(bench, [found, ...args])})`)
}

/** A runner that is a package: in the checkout now, or brought into each tree by setup. */
function packagedRunner(bench: Bench, suite: Suite): Finding {
  const installed = installedVersion(bench, suite)
  if (installed !== null) return ok('suites', `${suite.name}: ${suite.runner} ${installed}`)
  if (suite.setup.length > 0) {
    const setup = suite.setup.map((command) => command.join(' ')).join('; ')
    return note(
      'suites',
      `${suite.name}: ${suite.runner} is not in your checkout; setup brings it (${setup})`,
      null,
    )
  }
  return lacking(
    suite,
    `${suite.runner} is not installed, and no setup installs it`,
    'Add setup = [["npm", "ci"]] to the suite.',
  )
}

function installedVersion(bench: Bench, suite: Suite): string | null {
  const { workTree } = bench.workshop.git.repository
  for (let at = join(workTree, suite.cwd); at.startsWith(workTree); at = dirname(at)) {
    const file = join(at, 'node_modules', suite.runner, 'package.json')
    if (!existsSync(file)) continue
    const version = /"version"\s*:\s*"([^"]{1,60})"/.exec(readFileSync(file, 'utf8'))?.[1]
    return version ?? 'of unknown version'
  }
  return null
}

/** What setup, build and checks start. Programs that setup installs cannot be known before it ran. */
function missingPrograms(bench: Bench, suite: Suite): Finding[] {
  const wanted = new Set(suite.setup.length === 0 ? withoutSetup(suite) : beforeSetup(suite))
  return [...wanted]
    .filter((program) => findProgram(program, placeOf(bench, suite)) === null)
    .map((program) =>
      lacking(suite, `${program} is not on the PATH`, `Install it: a command of the suite starts with it.`),
    )
}

function withoutSetup({ build, checks }: Suite): string[] {
  return [...build, ...Object.values(checks)].map(([program = '']) => program)
}

/** A command of setup that is named by its place in the tree is made by those before it. */
function beforeSetup({ setup }: Suite): string[] {
  return setup
    .map(([program = '']) => program)
    .filter((program, index) => index === 0 || isAbsolute(program) || !program.includes('/'))
}

function lacking(suite: Suite, what: string, advice: string): Finding {
  return problem('suites', `${suite.name}: ${what}`, advice)
}

function placeOf({ workshop }: Bench, suite: Suite) {
  return { env: workshop.environment, cwd: join(workshop.git.repository.workTree, suite.cwd) }
}

const VERSION_MS = 10_000

async function versionOf({ workshop }: Bench, argv: readonly string[]): Promise<string> {
  const [program = '', ...args] = argv
  const { stdout, stderr } = await workshop.exec.host({
    argv: [program, ...args],
    cwd: '/',
    env: { PATH: userPath(workshop.environment), HOME: workshop.environment['HOME'] ?? '/' },
    timeoutMs: VERSION_MS,
  })
  return (stdout.toString('utf8').trim() || stderr.toString('utf8').trim()).split('\n')[0] ?? ''
}
