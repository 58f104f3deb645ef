import { locatePackage, majorOf } from './locate.ts'
import { readReportLines } from './report-lines.ts'
import type { Runner } from './runner.ts'

const NEWEST = 5

/** The project's own vitest, 0.34 or newer. Watching and coverage are off; its configuration is used as it stands. */
export const vitestRunner: Runner = {
  name: 'vitest',
  program: ['vitest', 'run'],
  locate: (place, suite) => locatePackage(place, suite, { name: 'vitest', words: ['run'] }),
  discover: () => Promise.resolve(null),
  argv({ program, version, paths, suite, files }) {
    const major = version === null ? NEWEST : majorOf(version)
    return [
      ...program,
      `--reporter=${paths.reporters}/vitest-reporter.mjs`,
      '--watch=false',
      `--testTimeout=${suite.limits.testMs}`,
      // A canary, or another failure, must not hide the tests behind it.
      '--bail=0',
      ...optionsOf(major, paths.parallelism),
      ...suite.args,
      ...(files ?? []).map((file) => (file.startsWith('-') ? `./${file}` : file)),
    ]
  },
  env: ({ paths }) => ({ TDD_REPORT: paths.report }),
  async read(outcome) {
    return readReportLines(outcome.report, outcome.tree)
  },
}

/** An option that a version does not know ends it at once. Caches live in node_modules, which must not change in a proof tree. */
function optionsOf(major: number, parallelism: string): string[] {
  if (major < 1) return ['--no-coverage', ...(parallelism === '1' ? ['--no-threads'] : [])]
  const workers = [...(major < 4 ? ['--minWorkers=1'] : []), `--maxWorkers=${parallelism}`]
  const caches = ['--no-cache', ...(major >= 5 ? ['--no-fsModuleCache'] : [])]
  return ['--coverage.enabled=false', ...caches, ...workers]
}
