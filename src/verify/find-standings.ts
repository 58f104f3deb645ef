import type { TestFailure, TestId, TestReport } from '../domain/evidence.ts'
import { classifyPath } from '../domain/path-class.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { TestStanding } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { filesOf } from './green.ts'
import type { Measure } from './measure.ts'
import { comparableName, testBodies } from './test-bodies.ts'
import { STUB_MARK } from './stubs/stub-mark.ts'
import type { BareTree } from './without-sources.ts'

export interface StandingRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly bare: BareTree
  readonly touched: readonly TestId[]
  /** Sources that the task really changed, beyond those it declares. */
  readonly ownSources: readonly string[]
}

/** Where each touched test stands without the task's sources: against stubs that throw, and what passes there against stubs that return undefined. */
export async function findStandings(measure: Measure, request: StandingRequest): Promise<TestStanding[]> {
  const { suite, bare, touched } = request
  const throwing = await measure.tests({ suite, tree: bare.throwing, files: filesOf(touched) })
  const passing = touched.filter((test) => resultOf(throwing, test)?.outcome === 'passed')
  const stubbed = bare.silent !== bare.throwing
  const silent = stubbed ? await measure.tests({ suite, tree: bare.silent, files: filesOf(passing) }) : null
  const standings: TestStanding[] = []
  for (const test of touched) {
    const standing = standingOf(test, { throwing, silent, request })
    const unrelated = standing.kind === 'weak' && !(await mentionsStub(measure, bare, test))
    standings.push(unrelated ? { kind: 'characterisation' } : standing)
  }
  return standings
}

/** Whether the body of a test names something that a stub stands for. Only then does passing against the stub tell that it is weak. */
async function mentionsStub(measure: Measure, bare: BareTree, test: TestId): Promise<boolean> {
  const names = bare.stubs.flatMap((stub) => stub.names)
  if (names.includes('default') || names.includes('*')) return true
  const text = await measure.laboratory.read(bare.throwing, test.file)
  const bodies = text === null ? null : testBodies(test.file, text)
  const body = bodies?.tests.find(({ name }) => comparableName(name) === comparableName(test.name))
  if (body === undefined) return true
  const source = body.node.text()
  return names.some((name) => source.includes(name))
}

interface Runs {
  readonly throwing: TestReport
  readonly silent: TestReport | null
  readonly request: StandingRequest
}

function standingOf(test: TestId, { throwing, silent, request }: Runs): TestStanding {
  const result = resultOf(throwing, test)
  const load = throwing.loadFailures.find(({ file }) => file === test.file)
  if (result === undefined && load !== undefined) return ofFailure(load.failure, { perFile: true, request })
  if (result === undefined) return { kind: 'not_run', reason: 'missing' }
  if (result.outcome === 'skipped') return { kind: 'not_run', reason: 'skipped' }
  if (result.failure !== null) return ofFailure(result.failure, { perFile: false, request })
  if (silent === null) return { kind: 'characterisation' }
  const again = resultOf(silent, test)?.failure ?? null
  if (again?.kind === 'assertion') {
    return { kind: 'fails', reason: 'assertion', message: again.message, perFile: false }
  }
  // A time-out against a stub decides nothing.
  if (again?.kind === 'timeout') return { kind: 'characterisation' }
  return { kind: 'weak', message: again?.message ?? 'it passes whatever the sources return' }
}

/** The right reasons and the wrong ones. */
function ofFailure(
  failure: TestFailure,
  { perFile, request }: { readonly perFile: boolean; readonly request: StandingRequest },
): TestStanding {
  const { message, kind, errorName } = failure
  if (kind === 'timeout') return { kind: 'wrong', reason: 'timeout', message }
  if (message.includes(STUB_MARK)) return { kind: 'fails', reason: 'stub', message, perFile }
  if (kind === 'assertion') return { kind: 'fails', reason: 'assertion', message, perFile }
  if (kind === 'load' && SYNTAX.test(errorName ?? '')) return { kind: 'wrong', reason: 'syntax', message }
  if (MODULE.test(message)) return { kind: 'wrong', reason: 'foreign_module', message }
  if (MEMBER.test(message)) return { kind: 'fails', reason: 'missing_name', message, perFile }
  const innermost = failure.frames.find(({ file }) => !/^\/|(?:^|\/)node_modules\//.test(file))
  if (innermost !== undefined && isSource(innermost.file, request)) {
    return { kind: 'fails', reason: 'source_exception', message, perFile }
  }
  return { kind: 'wrong', reason: 'test_exception', message }
}

const SYNTAX = /^(?:SyntaxError|IndentationError|TabError)$/
const MODULE = /Cannot find (?:module|package)|No module named/
const MEMBER = /is not (?:a function|defined|a constructor)|has no attribute|unexpected keyword argument/

function isSource(path: string, { suite, task, ownSources }: StandingRequest): boolean {
  return ownSources.includes(path) || classifyPath(path, [suite], task) === 'source'
}

function resultOf(report: TestReport, test: TestId): TestReport['tests'][number] | undefined {
  return report.tests.find((result) => result.file === test.file && result.name === test.name)
}
