import type { PathChange } from './evidence.ts'
import { isAllowed } from './path-class.ts'
import { matchesAny, patternFrom } from './path-pattern.ts'
import type { TaskDefinition } from './plan.ts'
import type { Suite } from './suite.ts'
import { declaresTest, declaresTestFile, namesPath } from './task-path.ts'

/** RED changes the task's tests and declared fixtures, and frozen paths that the task allows. It deletes only files that the task names one by one. */
export function mayChangeAtRed(change: PathChange, task: TaskDefinition, suite: Suite): boolean {
  const { path, pathClass } = change
  if (pathClass === 'frozen') return isAllowed(path, task)
  if (isFixture(path, suite)) return true
  if (pathClass !== 'test' || !namesPath(task, 'tests', path)) return false
  return change.change !== 'deleted' || declaresTestFile(path, task)
}

/** GREEN and FIX change sources and what nobody claims, and frozen paths that the task allows. */
export function mayChangeAtGreen(change: PathChange, task: TaskDefinition, suite: Suite): boolean {
  if (change.pathClass === 'frozen') return isAllowed(change.path, task)
  if (isTestMatter(change, suite)) return task.kind === 'maintenance' && declaresTest(change.path, task)
  return true
}

/** Tests and what they read: held by content once RED is accepted. */
export function isTestMatter(change: PathChange, suite: Suite): boolean {
  return change.pathClass === 'test' || isFixture(change.path, suite)
}

function isFixture(path: string, suite: Suite): boolean {
  return matchesAny(
    suite.fixtures.map((pattern) => patternFrom(suite.cwd, pattern)),
    path,
  )
}
