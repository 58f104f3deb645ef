import type { PathChange } from '../domain/evidence.ts'
import { type TaskDefinition, UNSAID } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { suitePatterns } from '../protocol/suite-file.ts'

/** A change that no plan describes, as a task that may write every test and source of a suite. */
export function suiteTask(suite: Suite): TaskDefinition {
  return {
    ...UNSAID,
    key: 'CHANGE',
    title: 'The change under check',
    goal: '',
    kind: 'implement',
    suite: suite.name,
    criteria: [],
    tests: suitePatterns(suite, 'tests'),
    sources: suitePatterns(suite, 'sources'),
    allow: [],
    exports: [],
    verify: [],
    locks: [],
  }
}

/**
 * A task that also declares what it changed: these tests, and as sources the changed sources with what no suite claims
 * beside the tests. A source that is named may be a module that nothing else in its tree tells to be one. Frozen paths
 * that it changed are allowed.
 */
export function declaring(
  task: TaskDefinition,
  { changes, tests }: { readonly changes: readonly PathChange[]; readonly tests: readonly string[] },
): TaskDefinition {
  const sources = changes
    .filter(({ path, pathClass }) => ['source', 'free'].includes(pathClass) && !tests.includes(path))
    .map(({ path }) => path)
  return {
    ...task,
    tests: [...task.tests, ...tests],
    sources: [...task.sources, ...sources],
    allow: changes.map(({ path }) => path),
    locks: [...tests, ...sources],
  }
}
