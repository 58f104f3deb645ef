import type { LoadFailure } from '../../domain/evidence.ts'
import { errorInOutput, toFailure } from './failure.ts'
import { locatePackage } from './locate.ts'
import { readReportLines } from './report-lines.ts'
import type { Outcome, Reading, Runner } from './runner.ts'
import { inTree } from './tree-files.ts'

/** The project's own mocha, 8 or newer. */
export const mochaRunner: Runner = {
  name: 'mocha',
  program: ['mocha'],
  locate: (place, suite) => locatePackage(place, suite, { name: 'mocha' }),
  discover: () => Promise.resolve(null),
  argv({ program, paths, suite, files }) {
    return [
      ...program,
      '--reporter',
      `${paths.reporters}/mocha-reporter.cjs`,
      '--timeout',
      String(suite.limits.testMs),
      '--no-parallel',
      // A canary, or another failure, must not hide the tests behind it.
      '--no-bail',
      ...suite.args,
      ...(files ?? []).map((file) => `./${file}`),
    ]
  },
  env: ({ paths }) => ({ TDD_REPORT: paths.report }),
  async read(outcome) {
    return outcome.report === null ? unloaded(outcome) : readReportLines(outcome.report, outcome.tree)
  },
}

/** Mocha stops before its reporter starts when one file cannot be loaded; the error on stderr tells which one. */
function unloaded({ result, tree, call, suite }: Outcome): Reading {
  const nothing = readReportLines(null, tree)
  if (result.end.kind !== 'exited' || result.end.code === 0 || call.files === null) return nothing
  const error = errorInOutput(result.stderr)
  if (error.name === null) return nothing
  const failure = toFailure({ ...error, kind: 'load' }, tree)
  const files = call.files.map((file) => inTree(suite, file))
  const named = files.filter(
    (file) => result.stderr.includes(file) || failure.frames.some((frame) => frame.file === file),
  )
  const loadFailures: LoadFailure[] = (named.length > 0 ? named : files).map((file) => ({ file, failure }))
  return { tests: [], loadFailures, flaw: null }
}
