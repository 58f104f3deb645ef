import type { PathChange } from './evidence.ts'
import { refuseEach } from './judge-facts.ts'
import { isAllowed } from './path-class.ts'
import type { TaskDefinition } from './plan.ts'
import { namesPath } from './task-path.ts'
import type { Refusal } from './verdict.ts'

/** Files beyond those that it was given which one behaviour may change: nobody reads more of them. */
const MOST_UNDECLARED = 500

/** Refuses sources of one behaviour that come with a flood of files that its task does not name. */
export function refuseFlood(task: TaskDefinition, changes: readonly PathChange[]): Refusal[] {
  if (task.kind !== 'implement') return []
  const undeclared = changes.filter(({ path }) => !namesPath(task, 'sources', path) && !isAllowed(path, task))
  if (undeclared.length <= MOST_UNDECLARED) return []
  return refuseEach(undeclared, {
    code: 'wrong_files',
    fact: ({ path, change }) => `${path} was ${change}, which the task does not name`,
    hint: `change what the task names: ${task.sources.slice(0, 20).join(', ') || 'no sources'}; remove what was generated, installed or copied; a plan can give it more (\`sources\`)`,
    detail: ({ path, change, pathClass }) => `${change} ${path} (${pathClass})`,
  })
}
