import { mayChangeAtGreen, mayChangeAtRed } from './judge-paths.ts'
import { classifyPath } from './path-class.ts'
import type { TaskDefinition } from './plan.ts'
import type { AgentStage } from './stage.ts'
import type { Suite } from './suite.ts'

/**
 * Why an attempt may not change a path; null where it may. Tells an agent beforehand what its tree would be refused for: a
 * help, which nothing relies on.
 */
export function pathGuard(of: {
  readonly stage: AgentStage
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly suites: readonly Suite[]
}): (path: string) => string | null {
  const { stage, task, suite, suites } = of
  const writesTests = stage === 'red' || stage === 'red_fix'
  return (path) => {
    const pathClass = classifyPath(path, suites, task)
    const change = { path, pathClass, change: 'modified' } as const
    if (writesTests ? mayChangeAtRed(change, task, suite) : mayChangeAtGreen(change, task, suite)) return null
    if (pathClass === 'frozen') return `${path} is configuration that this task may not change.`
    return writesTests
      ? `${path} is none of the tests of this task, and this stage writes nothing else: ${task.tests.join(', ')}.`
      : `${path} belongs to the tests, which are held as they are. Change sources; where a test contradicts the criteria, dispute it.`
  }
}
