import { isUnder } from './plan-path.ts'
import type { Suite } from './suite.ts'

/** Whether a suite has a directory in these files: one that comes with its first task can be asked nothing before. */
export function hasDirectory(paths: readonly string[], { cwd }: Suite): boolean {
  return cwd === '.' || paths.some((path) => isUnder(path, cwd))
}
