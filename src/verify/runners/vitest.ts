import { locatePackage, majorOf } from './locate.ts'
import { readReportLines } from './report-lines.ts'
import type { Runner } from './runner.ts'

const NEWEST = 5

/** The project's own vitest, 1 or newer. Watching and coverage are off; its configuration is used as it stands. */
export const vitestRunner: Runner = {
  name: 'vitest',
  program: ['vitest', 'run'],
  locate: (place, suite) => locatePackage(place, suite, { name: 'vitest', words: ['run'] }),
  discover: () => Promise.resolve(null),
  argv({ program, version, paths, suite, files }) {
    const workers = [`--maxWorkers=${paths.parallelism}`]
    const major = version === null ? NEWEST : majorOf(version)
    return [
      ...program,
      `--reporter=${paths.reporters}/vitest-reporter.mjs`,
      '--watch=false',
      '--coverage.enabled=false',
      `--testTimeout=${suite.limits.testMs}`,
      // Caches live in node_modules, which may be read-only and must not change in a proof tree.
      '--no-cache',
      // A canary, or another failure, must not hide the tests behind it.
      '--bail=0',
      ...(major >= 5 ? ['--no-fsModuleCache'] : []),
      ...(major < 4 ? ['--minWorkers=1', ...workers] : workers),
      ...suite.args,
      ...(files ?? []).map((file) => (file.startsWith('-') ? `./${file}` : file)),
    ]
  },
  env: ({ paths }) => ({ TDD_REPORT: paths.report }),
  async read(outcome) {
    return readReportLines(outcome.report, outcome.tree)
  },
}
