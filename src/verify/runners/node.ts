import { majorOf, probeVersion } from './locate.ts'
import { readReportLines } from './report-lines.ts'
import type { Call, Runner } from './runner.ts'
import { javascriptTestFiles } from './tree-files.ts'

/** `node --test` on the project's own Node: 18.19, 20.10 or newer. */
export const nodeRunner: Runner = {
  name: 'node',
  program: ['node', '--test'],
  async locate(place, suite) {
    if (suite.command !== null) return { kind: 'found', program: suite.command, version: null }
    const version = await probeVersion(place, suite, ['node', '--version'])
    if (version === null) {
      return { kind: 'unavailable', reason: 'There is no node on the PATH of the project.' }
    }
    if (isTooOld(version)) {
      return {
        kind: 'unavailable',
        reason: `The project's node is ${version}; its tests need Node 18.19, 20.10 or newer.`,
      }
    }
    return { kind: 'found', program: ['node', '--test'], version }
  },
  discover: (place, suite) => javascriptTestFiles(place, suite),
  argv(call) {
    const { paths, suite } = call
    return [
      ...call.program,
      `--test-reporter=${paths.reporters}/node-reporter.mjs`,
      `--test-reporter-destination=${paths.report}`,
      `--require=${paths.reporters}/node-guard.cjs`,
      // Before 24 the time-out is one of the whole file, and no event tells which file it belongs to.
      ...(limitsTests(call) ? [`--test-timeout=${suite.limits.testMs}`] : []),
      `--test-concurrency=${limitsTests(call) ? paths.parallelism : 1}`,
      ...suite.args,
      ...(call.files ?? []).map((file) => pattern(file, call)),
    ]
  },
  env(call) {
    const limit = { TDD_TEST_MS: String(call.suite.limits.testMs) }
    return call.suite.args.includes('--test-force-exit')
      ? limit
      : { ...limit, TDD_EXITS: `${call.paths.report}.exits` }
  },
  async read(outcome) {
    return readReportLines(outcome.report, outcome.tree)
  },
}

/** Older ones do not know --test-concurrency. */
function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.match(/\d+/g)?.map(Number) ?? []
  if (major === 18) return minor < 19
  return major === 20 ? minor < 10 : major < 21
}

function limitsTests(call: Call): boolean {
  return call.version === null || majorOf(call.version) >= 24
}

/** Node 21 and newer reads file arguments as patterns. */
function pattern(file: string, call: Call): string {
  const path = file.startsWith('-') ? `./${file}` : file
  return call.version !== null && majorOf(call.version) < 21 ? path : path.replaceAll(/[*?[{(]/g, '[$&]')
}
