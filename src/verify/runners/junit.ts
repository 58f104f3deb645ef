import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readJunitXml } from './junit-xml.ts'
import { readReportFile } from './report-file.ts'
import type { Call, Runner } from './runner.ts'
import { expandFiles } from './tap.ts'
import { testFiles } from './tree-files.ts'

/**
 * Any command that writes JUnit XML. `{report}` in the command, its arguments and the suite's `report` stands for a
 * fresh path outside the tree, `{files}` for the test files. Without `{report}` the file that `report` names is read;
 * it is removed before each run, so that an old one is never taken for a new one.
 */
export const junitRunner: Runner = {
  name: 'junit',
  program: [],
  locate(_, suite) {
    const unavailable = (what: string): ReturnType<Runner['locate']> =>
      Promise.resolve({
        kind: 'unavailable',
        reason: `The suite ${suite.name} has runner junit and no ${what}.`,
      })
    if (suite.command === null) return unavailable('command')
    const words = [...suite.command, ...suite.args]
    if (suite.report === null && !words.some((word) => word.includes('{report}'))) {
      return unavailable('report')
    }
    return Promise.resolve({ kind: 'found', program: suite.command, version: null })
  },
  discover: () => Promise.resolve(null),
  prepare: (place, call) => rm(reportPath(call, place.directory), { force: true }),
  argv: (call) =>
    expandFiles([...call.program, ...call.suite.args], call.files).map((word) =>
      word.replaceAll('{report}', call.paths.report),
    ),
  env: () => ({}),
  async read({ place, suite, call, tree }) {
    const text = await readReportFile(reportPath(call, place.directory))
    if (text === null) return { tests: [], loadFailures: [], flaw: 'the command wrote no JUnit report' }
    return readJunitXml(text, { tree, files: await testFiles(place, suite) })
  },
}

function reportPath({ suite, paths }: Call, directory: string): string {
  if (suite.report === null || suite.report.includes('{report}')) return paths.report
  return join(directory, suite.cwd, suite.report)
}
