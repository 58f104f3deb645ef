import type { LoadFailure } from '../../domain/evidence.ts'
import { toFailure } from './failure.ts'
import { findUpwards, probeVersion } from './locate.ts'
import { readReportLines } from './report-lines.ts'
import type { Outcome, Reading, Runner } from './runner.ts'
import { inTree } from './tree-files.ts'

const USAGE_ERROR = 4

/** pytest 6 or newer, of the suite's own virtual environment where there is one, else of the project's python3. */
export const pytestRunner: Runner = {
  name: 'pytest',
  program: ['python3', '-m', 'pytest'],
  async locate(place, suite) {
    if (suite.command !== null) return { kind: 'found', program: suite.command, version: null }
    const environments = ['.venv/bin/python', 'venv/bin/python', '.venv/Scripts/python.exe']
    const python = (await findUpwards(place, suite, environments)) ?? 'python3'
    const version = await probeVersion(place, suite, [python, '-m', 'pytest', '--version'])
    return version === null
      ? { kind: 'unavailable', reason: `pytest is not installed for the project's ${python}.` }
      : { kind: 'found', program: [python, '-m', 'pytest'], version }
  },
  discover: () => Promise.resolve(null),
  argv({ program, paths, suite, files }) {
    return [
      ...program,
      '-p',
      'tdd_orchestrator_reporter',
      // The cache stays a plugin that others may use, but not in the tree.
      '-o',
      `cache_dir=${paths.report}.cache`,
      '--continue-on-collection-errors',
      '--maxfail=0',
      '--color=no',
      ...suite.args,
      ...(files ?? []).map((file) => (file.startsWith('-') ? `./${file}` : file)),
    ]
  },
  env({ paths, suite }) {
    const before = suite.env['PYTHONPATH']
    return {
      TDD_REPORT: paths.report,
      TDD_TEST_MS: String(suite.limits.testMs),
      PYTHONPATH: before === undefined ? paths.reporters : `${before}:${paths.reporters}`,
      PYTHONDONTWRITEBYTECODE: '1',
    }
  },
  async read(outcome) {
    return outcome.report === null ? unloaded(outcome) : readReportLines(outcome.report, outcome.tree)
  },
}

/** A conftest that cannot be imported ends pytest before it collects; every file that was asked for fails by it. */
function unloaded({ result, tree, call, suite }: Outcome): Reading {
  const nothing = readReportLines(null, tree)
  const said = result.stderr
  if (result.end.kind !== 'exited' || result.end.code !== USAGE_ERROR || call.files === null) return nothing
  if (!said.includes('while loading conftest')) return nothing
  const [, name = null, message = said] =
    /(?:^|\n)E\s+([A-Z]\w*(?:Error|Exception)): ([^\n]*)/.exec(said) ??
    /(?:^|\n)([A-Z]\w*(?:Error|Exception)): ([^\n]*)/.exec(said) ??
    []
  const frames = [...said.matchAll(/^(\S+\.py):(\d+): in /gm)].map(([, file = '', line]) => ({
    file: file.startsWith('/') ? file : inTree(suite, file),
    line: Number(line),
  }))
  const failure = toFailure(
    { name, code: null, message, stack: null, kind: 'load', frames: frames.toReversed() },
    tree,
  )
  const loadFailures: LoadFailure[] = call.files.map((file) => ({ file: inTree(suite, file), failure }))
  return { tests: [], loadFailures, flaw: null }
}
