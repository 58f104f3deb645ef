import { classifyPath } from '../../domain/path-class.ts'
import type { StubRecord } from '../../domain/evidence.ts'
import type { TaskDefinition } from '../../domain/plan.ts'
import type { Suite } from '../../domain/suite.ts'
import { namesPath } from '../../domain/task-path.ts'
import { familyOf } from '../syntax.ts'
import type { Demand, DemandSearch } from './demand.ts'
import { javascriptDemands, writeJavascript } from './javascript-plan.ts'
import { pythonDemands, writePython } from './python-plan.ts'
import type { StubVariant } from './stub-mark.ts'
import { directoryOf, inDirectoryOf, type TreeTexts, treeTexts, upwards } from './tree-texts.ts'

export interface StubRequest {
  /** Paths of the tree. */
  readonly files: ReadonlyMap<string, unknown>
  readonly read: (path: string) => Promise<string | null>
  /** Test files whose imports must load. Other files that are no sources are followed from them. */
  readonly testFiles: readonly string[]
  readonly suite: Suite
  /** Suites whose sources are not followed either. Default none. */
  readonly otherSuites?: readonly Suite[]
  readonly task: TaskDefinition
  /** Further paths that count as the task's sources: what it really changed, in a removal proof. */
  readonly ownSources?: readonly string[]
}

interface StubPlan {
  /** Files to put in place, with throwing stubs. Empty where nothing is missing. */
  readonly throwing: ReadonlyMap<string, string>
  /** The same files, with stubs that return undefined. */
  readonly undefined: ReadonlyMap<string, string>
  readonly records: readonly StubRecord[]
  /** Missing modules that are not the task's: no stub is made for them. */
  readonly foreign: readonly { readonly file: string; readonly specifier: string }[]
  /** The test files with their conftests, and the helpers and fixtures that were followed from them. */
  readonly followed: readonly string[]
}

/** More files than this are not followed from the tests, beside these. */
const MAX_FILES = 2_000

/**
 * What completes a tree so that its tests can load: for each module of the task that is missing a file, and for each
 * name that an existing source lacks an export appended to it.
 */
export async function planStubs(request: StubRequest): Promise<StubPlan> {
  const tree = treeTexts(request.files, request.read)
  const demands = new Map<string, Demand>()
  const foreign: { file: string; specifier: string }[] = []
  const queue = [...new Set([...request.testFiles, ...conftestsFor(request.testFiles, tree)])]
  const seen = new Set(queue)
  const most = seen.size + MAX_FILES
  const suites = [request.suite, ...(request.otherSuites ?? [])]
  const search: DemandSearch = {
    tree,
    suite: request.suite,
    isOwn: (path) => isOwnSource(path, request),
    named: new Set([...request.task.sources, ...(request.ownSources ?? [])]),
    isSource: (path) => classifyPath(path, suites, request.task) === 'source' || isOwnSource(path, request),
    demand: (path, { exists, names, linked }) => {
      const demand = demands.get(path) ?? { path, exists, names: new Set<string>(), linked: false }
      for (const name of names) demand.names.add(name)
      demand.linked ||= linked
      demands.set(path, demand)
    },
    follow: (path) => {
      if (seen.has(path) || seen.size >= most) return
      seen.add(path)
      queue.push(path)
    },
    foreign: (file, specifier) => foreign.push({ file, specifier }),
  }
  for (let at = 0; at < queue.length; at += 1) {
    const path = queue[at] ?? ''
    const text = await tree.read(path)
    const family = familyOf(path)
    if (text === null || family === null) continue
    if (family === 'js') await javascriptDemands({ path, text }, search)
    else await pythonDemands({ path, text }, search)
  }
  return writeAll([...demands.values()], { tree, foreign, followed: queue })
}

/** The test files, and the helpers and fixtures that they use. */
export async function followedFrom(request: StubRequest): Promise<readonly string[]> {
  return (await planStubs(request)).followed
}

/** What pytest loads before these test files: every conftest in their directories and above. */
function conftestsFor(testFiles: readonly string[], tree: TreeTexts): string[] {
  const directories = testFiles
    .filter((path) => familyOf(path) === 'python')
    .flatMap((path) => upwards(directoryOf(path)).toReversed())
  return [...new Set(directories)]
    .map((directory) => inDirectoryOf(directory, 'conftest.py'))
    .filter((path) => tree.has(path))
}

async function writeAll(
  demands: readonly Demand[],
  {
    tree,
    foreign,
    followed,
  }: {
    readonly tree: TreeTexts
    readonly foreign: StubPlan['foreign']
    readonly followed: readonly string[]
  },
): Promise<StubPlan> {
  const throwing = new Map<string, string>()
  const silent = new Map<string, string>()
  const records: StubRecord[] = []
  for (const demand of demands) {
    if (demand.exists && demand.names.size === 0) continue
    const write = demand.path.endsWith('.py') ? writePython : writeJavascript
    const text = async (variant: StubVariant): Promise<string> => await write(demand, { tree, variant })
    throwing.set(demand.path, await text('throwing'))
    silent.set(demand.path, await text('undefined'))
    records.push({
      path: demand.path,
      names: [...demand.names].sort(),
      kind: demand.exists ? 'appended_exports' : 'file',
    })
  }
  return { throwing, undefined: silent, records, foreign, followed }
}

/** Whether a path is the task's to write. */
export function isOwnSource(
  path: string,
  request: Pick<StubRequest, 'suite' | 'task' | 'ownSources'>,
): boolean {
  if (request.ownSources?.includes(path) === true) return true
  return (
    namesPath(request.task, 'sources', path) && classifyPath(path, [request.suite], request.task) === 'source'
  )
}
