import { realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { relative as relativePosix } from 'node:path/posix'
import type { RunEnd, TestReport, TestResult } from '../../domain/evidence.ts'
import type { Command, RunnerName, Suite } from '../../domain/suite.ts'
import { systemClock } from '../../runtime/clock.ts'
import { OWN_CODE } from '../../runtime/own-files.ts'
import type { Place, PlaceResult } from '../verify.ts'
import { avaRunner } from './ava.ts'
import { isThere } from './locate.ts'
import { jestRunner } from './jest.ts'
import { junitRunner } from './junit.ts'
import { mochaRunner } from './mocha.ts'
import { nodeRunner } from './node.ts'
import { pytestRunner } from './pytest.ts'
import { readReportFile } from './report-file.ts'
import type { Call, CallPaths, Reading, Runner, TreeRoots } from './runner.ts'
import { tapRunner } from './tap.ts'
import { vitestRunner } from './vitest.ts'

/** Files that run inside the project's processes. A sandbox must let commands read them. */
const REPORTERS = 'verify/runners/reporters'

/** Too many to be guessed by a test that would like to write its own report. */
const REPORT_NAME_LETTERS = 32
const OUTPUT_TAIL_CHARACTERS = 16_000

/** Runs test files of a suite in a proof tree and returns what the runner reported. `files` are repository-relative; null means all of the suite. */
export async function runTests(
  place: Place,
  suite: Suite,
  selection: { readonly files: readonly string[] | null },
): Promise<TestReport> {
  const runner = RUNNERS_BY_NAME[suite.runner]
  if (runner === undefined) return withoutTests(unavailable(unsupported(suite)))
  const located = await runner.locate(place, suite)
  if (located.kind === 'unavailable') return withoutTests(located)
  const build = await runBuild(place, suite)
  if (build !== null) return build
  const files = selection.files ?? (await runner.discover(place, suite))
  if (files !== null && files.length === 0) return withoutTests({ kind: 'finished', exitCode: 0 })
  const paths = callPaths(place)
  const call: Call = {
    suite,
    files: inSuite(suite, files),
    program: located.program,
    version: located.version,
    paths,
  }
  if (call.files === null || runner.separately?.(suite) !== true) {
    return await runCall(place, runner, { call, selected: selection.files })
  }
  const reports: TestReport[] = []
  for (const file of call.files) {
    const alone: Call = { ...call, files: [file], paths: callPaths(place) }
    reports.push(await runCall(place, runner, { call: alone, selected: selection.files }))
    if (reports.at(-1)?.end.kind === 'unavailable') break
  }
  return joined(reports)
}

/** Why the runner of a suite cannot be started in a place; null where it is there, as far as is seen without a build. */
export async function missingRunner(place: Place, suite: Suite): Promise<string | null> {
  const runner = RUNNERS_BY_NAME[suite.runner]
  if (runner === undefined) return unsupported(suite)
  const located = await runner.locate(place, suite)
  if (located.kind === 'unavailable') return located.reason
  const [program = ''] = suite.command ?? []
  if (suite.command === null || suite.build.length > 0 || (await isThere(place, suite, program))) return null
  return `${program} cannot be started in ${suite.cwd === '.' ? 'the repository' : suite.cwd}.`
}

/** The argv that runTests would use for the evidence record (no machine paths). */
export function runnerCommand(suite: Suite, files: readonly string[] | null): Command {
  const runner = RUNNERS_BY_NAME[suite.runner]
  if (runner === undefined) return suite.command ?? [suite.runner]
  const paths: CallPaths = { reporters: '{reporters}', report: '{report}', parallelism: '{parallelism}' }
  const program = suite.command ?? runner.program
  return runner.argv({ suite, files: inSuite(suite, files), program, version: null, paths })
}

const RUNNERS_BY_NAME: Readonly<Partial<Record<RunnerName, Runner>>> = {
  node: nodeRunner,
  tap: tapRunner,
  ava: avaRunner,
  junit: junitRunner,
  vitest: vitestRunner,
  jest: jestRunner,
  mocha: mochaRunner,
  pytest: pytestRunner,
}

function callPaths(place: Place): CallPaths {
  const report = join(place.reports, `${systemClock.id(REPORT_NAME_LETTERS)}.report`)
  const reporters = join(place.ownCode ?? OWN_CODE, REPORTERS)
  return { reporters, report, parallelism: String(place.parallelism) }
}

/** One report of runs that had a file each; the worst end is the end of all. */
function joined(reports: readonly TestReport[]): TestReport {
  const ends = reports.map((report) => report.end)
  const exitCodes = ends.map((end) => (end.kind === 'finished' ? end.exitCode : 0))
  return {
    tests: reports.flatMap((report) => report.tests),
    loadFailures: reports.flatMap((report) => report.loadFailures),
    end: ends.find((end) => end.kind !== 'finished') ?? {
      kind: 'finished',
      exitCode: Math.max(0, ...exitCodes),
    },
    durationMs: reports.reduce((sum, report) => sum + report.durationMs, 0),
    output: tailOf(reports.map((report) => report.output).join('\n')),
  }
}

async function runCall(
  place: Place,
  runner: Runner,
  { call, selected }: { readonly call: Call; readonly selected: readonly string[] | null },
): Promise<TestReport> {
  const { suite, paths } = call
  await runner.prepare?.(place, call)
  const result = await place.run({
    argv: runner.argv(call),
    cwd: suite.cwd,
    env: { ...suite.env, ...runner.env(call) },
    wallMs: suite.limits.runMs,
    outputBytes: suite.limits.outputBytes,
  })
  try {
    const tree = await treeRoots(place, suite)
    const report = await readReportFile(paths.report, place)
    const reading = await runner.read({ place, suite, call, result, report, tree })
    const wanted = selected === null ? reading : onlySelected(reading, new Set(selected))
    return {
      tests: uniqueNames(wanted.tests),
      loadFailures: wanted.loadFailures,
      end: endOf(result, reading, suite),
      durationMs: result.durationMs,
      output: outputTail(result),
    }
  } finally {
    await rm(paths.report, { force: true })
    await rm(`${paths.report}.exits`, { force: true })
    await rm(`${paths.report}.cache`, { recursive: true, force: true })
  }
}

async function runBuild(place: Place, suite: Suite): Promise<TestReport | null> {
  for (const command of suite.build) {
    const result = await place.run({
      argv: command,
      cwd: suite.cwd,
      env: suite.env,
      wallMs: suite.limits.runMs,
      outputBytes: suite.limits.outputBytes,
    })
    if (result.end.kind === 'exited' && result.end.code === 0) continue
    const output = outputTail(result)
    return {
      ...withoutTests({ kind: 'build_failed', command, output }),
      durationMs: result.durationMs,
      output,
    }
  }
  return null
}

/** The runner's exit code, the number of tests and the report must agree, else the run proves nothing. */
function endOf(result: PlaceResult, reading: Reading, suite: Suite): RunEnd {
  const { end } = result
  if (end.kind === 'timeout') return { kind: 'timeout', limitMs: suite.limits.runMs }
  if (end.kind === 'not_started') return unavailable(end.message)
  if (end.kind === 'signaled') {
    return { kind: 'crashed', exitCode: null, reason: `The runner was ended by ${end.signal}.` }
  }
  if (end.kind === 'limit') {
    return { kind: 'crashed', exitCode: null, reason: `The runner went over its limit of ${end.which}.` }
  }
  const crashed = (reason: string): RunEnd => ({ kind: 'crashed', exitCode: end.code, reason })
  if (reading.flaw !== null) {
    return crashed(`It ended with code ${end.code}, and ${reading.flaw}.${lastWords(result)}`)
  }
  const failed = reading.tests.filter((test) => test.outcome === 'failed').length
  const broken = failed + reading.loadFailures.length
  if (end.code === 0 && failed > 0) {
    return crashed(`It ended with code 0, and its report has ${failed} failed tests.`)
  }
  if (end.code !== 0 && broken === 0 && reading.tests.length > 0) {
    return crashed(`It ended with code ${end.code}, and its report has no failed test.`)
  }
  return { kind: 'finished', exitCode: end.code }
}

/** What a command said last tells more than that its report is missing. */
function lastWords({ stderr, stdout }: PlaceResult): string {
  const said = [stderr, stdout]
    .map((text) => text.trim().split('\n').at(-1) ?? '')
    .find((line) => line !== '')
  return said === undefined ? '' : ` It said last: ${said.slice(0, 300)}`
}

/** Tests of one file that share a full name get ` (2)`, ` (3)` in the order of the report. */
function uniqueNames(tests: readonly TestResult[]): TestResult[] {
  const seen = new Map<string, number>()
  const taken = new Set(tests.map((test) => `${test.file}\0${test.name}`))
  return tests.map((test) => {
    const key = `${test.file}\0${test.name}`
    let count = (seen.get(key) ?? 0) + 1
    while (count > 1 && taken.has(`${key} (${count})`)) count += 1
    seen.set(key, count)
    return count === 1 ? test : { ...test, name: `${test.name} (${count})` }
  })
}

function onlySelected(reading: Reading, files: ReadonlySet<string>): Reading {
  return {
    tests: reading.tests.filter((test) => files.has(test.file)),
    loadFailures: reading.loadFailures.filter((failure) => files.has(failure.file)),
    flaw: reading.flaw,
  }
}

function inSuite(suite: Suite, files: readonly string[] | null): readonly string[] | null {
  return files === null ? null : files.map((file) => relativePosix(suite.cwd, file))
}

async function treeRoots(place: Place, suite: Suite): Promise<TreeRoots> {
  const real = await realpath(place.directory)
  const directories = [...new Set([place.directory, real, `/private${real}`])].map((path) =>
    path.replaceAll('\\', '/'),
  )
  return { directories, cwd: suite.cwd }
}

function outputTail(result: PlaceResult): string {
  const text = [result.stdout, result.stderr].filter((part) => part !== '').join('\n')
  return tailOf(text)
}

function tailOf(text: string): string {
  return text.length <= OUTPUT_TAIL_CHARACTERS ? text : text.slice(-OUTPUT_TAIL_CHARACTERS)
}

function unsupported({ runner }: Suite): string {
  return `The runner ${runner} is not supported yet.`
}

function unavailable(reason: string): RunEnd & { readonly kind: 'unavailable' } {
  return { kind: 'unavailable', reason }
}

function withoutTests(end: RunEnd): TestReport {
  return { tests: [], loadFailures: [], end, durationMs: 0, output: '' }
}
