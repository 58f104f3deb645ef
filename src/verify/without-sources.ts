import type { StubRecord, TestReport, TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import type { Measure } from './measure.ts'
import { planStubs, type StubPlan } from './stubs/plan-stubs.ts'

/** A tree that lacks the task's sources, completed so that its tests can load. */
export interface BareTree {
  /** With stubs that throw. */
  readonly throwing: TreeId
  /** With stubs that return undefined; the same tree where no stub is needed. */
  readonly silent: TreeId
  readonly stubs: readonly StubRecord[]
  readonly foreign: StubPlan['foreign']
}

export interface BareRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly tree: TreeId
  readonly files: readonly string[]
  /** Sources that the task really changed, beyond those it declares. */
  readonly ownSources?: readonly string[]
}

/** Completes a tree by a stub for each module and name of the task's sources that its test files miss. */
export async function completeTree(measure: Measure, request: BareRequest): Promise<BareTree> {
  const { laboratory } = measure
  const { suite, task, tree, files } = request
  const plan = await planStubs({
    files: await laboratory.files(tree),
    read: (path) => laboratory.read(tree, path),
    testFiles: files,
    suite,
    task,
    ...(request.ownSources === undefined ? {} : { ownSources: request.ownSources }),
  })
  if (plan.throwing.size === 0) return { throwing: tree, silent: tree, stubs: [], foreign: plan.foreign }
  return {
    throwing: await laboratory.compose(tree, plan.throwing),
    silent: await laboratory.compose(tree, plan.undefined),
    stubs: plan.records,
    foreign: plan.foreign,
  }
}

/** Runs test files on a tree that lacks the task's sources. */
export async function runWithoutSources(measure: Measure, request: BareRequest): Promise<TestReport> {
  const bare = await completeTree(measure, request)
  return await measure.tests({ suite: request.suite, tree: bare.throwing, files: request.files })
}
