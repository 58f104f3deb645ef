import type { TestId, TestReport } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { TestStanding } from '../domain/proof.ts'
import { needSecondRun, standings } from '../domain/standing.ts'
import type { Suite } from '../domain/suite.ts'
import { failureContext } from './failure-context.ts'
import { filesOf } from './green.ts'
import type { Measure } from './measure.ts'
import { type BareTree, stubRequest } from './without-sources.ts'

interface StandingRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly bare: BareTree
  readonly touched: readonly TestId[]
  /** Sources that the task really changed, beyond those it declares. */
  readonly ownSources: readonly string[]
}

/** Where each touched test stands without the task's sources: against stubs that throw, and what that leaves open against stubs that return undefined. */
export async function findStandings(measure: Measure, request: StandingRequest): Promise<TestStanding[]> {
  const { suite, task, bare, touched, ownSources } = request
  const files = filesOf(touched)
  const throwing = await measure.tests({ suite, tree: bare.throwing, files })
  const stubbed = bare.silent !== bare.throwing
  const open = filesOf(needSecondRun(touched, throwing))
  const silent = stubbed ? await measure.tests({ suite, tree: bare.silent, files: open }) : null
  const tree = await stubRequest(measure, { suite, task, tree: bare.throwing, files, ownSources })
  const reports = silent === null ? [throwing] : [throwing, silent]
  const context = await failureContext({
    ...tree,
    followed: bare.followed,
    records: bare.stubs,
    failures: reports.flatMap((report) => failuresIn(report)),
  })
  return standings({ touched, throwing, silent, context })
}

function failuresIn(report: TestReport): Parameters<typeof failureContext>[0]['failures'] {
  const failed = report.tests.flatMap(({ file, failure }) => (failure === null ? [] : [{ file, failure }]))
  return [...failed, ...report.loadFailures]
}
