import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { suitePatterns } from '../protocol/suite-file.ts'

/** A change that no plan describes, as a task that may write every test and source of a suite. */
export function suiteTask(suite: Suite): TaskDefinition {
  return {
    key: 'CHANGE',
    title: 'The change under check',
    goal: '',
    kind: 'implement',
    suite: suite.name,
    criteria: [],
    tests: suitePatterns(suite, 'tests'),
    sources: suitePatterns(suite, 'sources'),
    allow: [],
    dependsOn: [],
    complexity: 'medium',
    testKind: 'unit',
    exports: [],
    hints: null,
    verify: [],
    done: [],
    priority: 0,
    estimateMs: null,
    locks: [],
  }
}
