import { locatePackage } from './locate.ts'
import { readReportLines } from './report-lines.ts'
import type { Runner } from './runner.ts'

/** The project's own jest, 27 or newer. Snapshots are never written, coverage and watchman are off. */
export const jestRunner: Runner = {
  name: 'jest',
  program: ['jest'],
  locate: (place, suite) => locatePackage(place, suite, { name: 'jest' }),
  discover: () => Promise.resolve(null),
  argv({ program, paths, suite, files }) {
    return [
      ...program,
      '--ci',
      `--reporters=${paths.reporters}/jest-reporter.cjs`,
      '--coverage=false',
      '--watchman=false',
      '--bail=0',
      `--testTimeout=${suite.limits.testMs}`,
      `--maxWorkers=${paths.parallelism}`,
      ...suite.args,
      ...(files === null ? [] : ['--runTestsByPath', ...files.map((file) => `./${file}`)]),
    ]
  },
  env: ({ paths }) => ({ TDD_REPORT: paths.report }),
  async read(outcome) {
    return readReportLines(outcome.report, outcome.tree)
  },
}
