import type { StubRecord, TestReport, TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import type { Measure } from './measure.ts'
import { planRemoval } from './stubs/plan-removal.ts'
import { followedFrom, planStubs, type StubRequest } from './stubs/plan-stubs.ts'

/** A tree that lacks the task's sources, completed so that its tests can load. */
export interface BareTree {
  /** With stubs that throw. */
  readonly throwing: TreeId
  /** With stubs that return undefined; the same tree where there is no stub. */
  readonly silent: TreeId
  readonly stubs: readonly StubRecord[]
  /** The test files, and the helpers and fixtures that they use. */
  readonly followed: readonly string[]
}

interface BareRequest {
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly tree: TreeId
  readonly files: readonly string[]
  /** Sources that the task really changed, beyond those it declares. */
  readonly ownSources?: readonly string[]
}

/** Completes a tree by a stub for each module and name of the task's sources that its test files miss. */
export async function completeTree(measure: Measure, request: BareRequest): Promise<BareTree> {
  const plan = await planStubs(await stubRequest(measure, request))
  return await withStubs(measure, request, { ...plan, followed: plan.followed })
}

/** The tree with each declared export of the task replaced by a stub: what `verify_only` owes. It stays as it is where none is found. */
export async function takeExportsAway(measure: Measure, request: BareRequest): Promise<BareTree> {
  const stubs = await stubRequest(measure, request)
  return await withStubs(measure, request, {
    ...(await planRemoval(stubs)),
    followed: await followedFrom(stubs),
  })
}

/** Runs test files on a tree that lacks the task's sources. */
export async function runWithoutSources(measure: Measure, request: BareRequest): Promise<TestReport> {
  const bare = await completeTree(measure, request)
  return await measure.tests({ suite: request.suite, tree: bare.throwing, files: request.files })
}

/** A tree as the stub maker reads it. */
export async function stubRequest(measure: Measure, request: BareRequest): Promise<StubRequest> {
  const { laboratory } = measure
  const { suite, task, tree, files, ownSources } = request
  return {
    files: await laboratory.files(tree),
    read: (path) => laboratory.read(tree, path),
    testFiles: files,
    suite,
    task,
    ...(ownSources === undefined ? {} : { ownSources }),
  }
}

async function withStubs(
  measure: Measure,
  { tree }: BareRequest,
  plan: {
    readonly throwing: ReadonlyMap<string, string>
    readonly undefined: ReadonlyMap<string, string>
    readonly records: readonly StubRecord[]
    readonly followed: readonly string[]
  },
): Promise<BareTree> {
  const { records: stubs, followed } = plan
  if (plan.throwing.size === 0) return { throwing: tree, silent: tree, stubs, followed }
  return {
    throwing: await measure.laboratory.compose(tree, plan.throwing),
    silent: await measure.laboratory.compose(tree, plan.undefined),
    stubs,
    followed,
  }
}
