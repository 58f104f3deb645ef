import type { TestFailure, TestId, TestReport } from '../domain/evidence.ts'
import { classifyPath } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { TestStanding } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { filesOf } from './green.ts'
import type { Measure } from './measure.ts'
import { STUB_MARK } from './stubs/stub-mark.ts'
import type { BareTree } from './without-sources.ts'

export async function findStandings(
  measure: Measure,
  request: {
    readonly suite: Suite
    readonly task: TaskDefinition
    readonly bare: BareTree
    readonly touched: readonly TestId[]
    readonly ownSources: readonly string[]
  },
): Promise<TestStanding[]> {
  const { suite, bare, touched, task } = request
  const files = filesOf(touched)
  const throwing = await measure.tests({ suite, tree: bare.throwing, files })
  const passing = touched.filter((test) => outcomeOf(throwing, test)?.outcome === 'passed')
  const silent =
    bare.silent === bare.throwing
      ? null
      : await measure.tests({ suite, tree: bare.silent, files: filesOf(passing) })
  return touched.map((test) =>
    standing(test, throwing, { silent, isSource: (path) => classifyPath(path, [suite], task) === 'source' }),
  )
}

function standing(
  test: TestId,
  throwing: TestReport,
  rest: { readonly silent: TestReport | null; isSource(path: string): boolean },
): TestStanding {
  const result = outcomeOf(throwing, test)
  const load = throwing.loadFailures.find(({ file }) => file === test.file)
  if (result === undefined && load !== undefined) return ofFailure(load.failure, true, rest.isSource)
  if (result === undefined) return { kind: 'not_run', reason: 'missing' }
  if (result.outcome === 'skipped') return { kind: 'not_run', reason: 'skipped' }
  if (result.failure !== null) return ofFailure(result.failure, false, rest.isSource)
  if (rest.silent === null) return { kind: 'characterisation' }
  const again = outcomeOf(rest.silent, test)
  if (again?.failure?.kind === 'assertion') {
    return { kind: 'fails', reason: 'assertion', message: again.failure.message, perFile: false }
  }
  return { kind: 'weak', message: 'it passes whatever the sources do' }
}

function ofFailure(
  failure: TestFailure,
  perFile: boolean,
  isSource: (path: string) => boolean,
): TestStanding {
  const { message, kind } = failure
  if (kind === 'timeout') return { kind: 'wrong', reason: 'timeout', message }
  if (message.includes(STUB_MARK)) return { kind: 'fails', reason: 'stub', message, perFile }
  if (kind === 'assertion') return { kind: 'fails', reason: 'assertion', message, perFile }
  if (/Syntax/.test(failure.errorName ?? '')) return { kind: 'wrong', reason: 'syntax', message }
  if (/Cannot find (?:module|package)/.test(message))
    return { kind: 'wrong', reason: 'foreign_module', message }
  if (/is not (?:a function|defined|a constructor)/.test(message))
    return { kind: 'fails', reason: 'missing_name', message, perFile }
  const frame = failure.frames.find(({ file }) => !file.startsWith('/') && !file.startsWith('node_modules/'))
  if (frame !== undefined && isSource(frame.file))
    return { kind: 'fails', reason: 'source_exception', message, perFile }
  return { kind: 'wrong', reason: 'test_exception', message }
}

function outcomeOf(report: TestReport, test: TestId): TestReport['tests'][number] | undefined {
  return report.tests.find((result) => result.file === test.file && result.name === test.name)
}
