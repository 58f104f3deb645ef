import { realpath, rm } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
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
  async prepare(place, call) {
    const path = await reportPath(call, place.directory)
    if (path !== null) await rm(path, { force: true })
  },
  argv: (call) =>
    expandFiles([...call.program, ...call.suite.args], call.files).map((word) =>
      word.replaceAll('{report}', call.paths.report),
    ),
  env: () => ({}),
  async read({ place, suite, call, tree }) {
    const path = await reportPath(call, place.directory)
    const text = path === null ? null : await readReportFile(path, place)
    if (text === null) return { tests: [], loadFailures: [], flaw: 'the command wrote no JUnit report' }
    return readJunitXml(text, { tree, files: await testFiles(place, suite) })
  },
}

/** Null where the tree has no such directory, or one that leads out of it: the tree is whoever's work is judged. */
async function reportPath({ suite, paths }: Call, directory: string): Promise<string | null> {
  if (suite.report === null || suite.report.includes('{report}')) return paths.report
  const path = join(directory, suite.cwd, suite.report)
  try {
    const [root, folder] = await Promise.all([realpath(directory), realpath(dirname(path))])
    return folder === root || folder.startsWith(root + sep) ? join(folder, basename(path)) : null
  } catch {
    // Nothing is there, so there is no report either.
    return null
  }
}
