import { targetFault } from '../domain/branch-name.ts'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'

interface WantedTarget {
  /** What the run lands on already; null before it began. */
  readonly recorded: string | null
  /** What a person asks for; null for the run's own. */
  readonly asked: string | null
  readonly checkedOut: (branch: string) => Promise<readonly string[]>
}

/** Holds that a run may land where it is to land. Where neither says where, there is nothing to hold yet. */
export async function requireTarget({ recorded, asked, checkedOut }: WantedTarget): Promise<void> {
  if (recorded !== null && asked !== null && asked !== recorded) {
    throw new OrchestratorError(
      'usage',
      `this run lands on ${recorded}; its target cannot be changed to ${asked}`,
      { hint: 'Leave out --target, or start another run with --new.' },
    )
  }
  const target = recorded ?? asked
  if (target === null) return
  const fault = recorded === null ? targetFault(target) : null
  if (fault !== null) {
    throw new OrchestratorError('usage', `the target ${JSON.stringify(target)} ${fault.what}`, {
      hint: `Instead, ${fault.right}`,
    })
  }
  const workTrees = await checkedOut(target)
  if (workTrees.length === 0) return
  throw new OrchestratorError('target_checked_out', `${target} is checked out at ${workTrees.join(', ')}`, {
    hint: `Landing under a checkout would make your next commit delete what landed. Leave out --target to land on a branch of its own, or switch away first: git -C ${shellWord(workTrees[0] ?? '.')} switch --detach`,
  })
}
