import type { LoadedConfig } from '../config/load.ts'
import { targetFault } from '../domain/branch-name.ts'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import { leaveCheckout } from './leave-checkout.ts'

interface WantedTarget {
  /** What the run lands on already; null before it began. */
  readonly recorded: string | null
  /** What a person asks for; null for the run's own. */
  readonly asked: string | null
  /** Whether it was asked on the command line: only then can it be left out there. */
  readonly byFlag: boolean
  readonly checkedOut: (branch: string) => Promise<readonly string[]>
  /** Of the repository. */
  readonly gitDir: string
}

/** Holds that a run may land where it is to land. Where neither says where, there is nothing to hold yet. */
export async function requireTarget(wanted: WantedTarget): Promise<void> {
  const { recorded, asked, byFlag, checkedOut, gitDir } = wanted
  if (recorded !== null && asked !== null && asked !== recorded) {
    throw new OrchestratorError(
      'usage',
      `this run lands on ${recorded}; its target cannot be changed to ${asked}`,
      {
        hint: `${byFlag ? 'Leave out --target' : `Pass --target ${shellWord(recorded)}`}, or start another run with --new.`,
      },
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
  const otherwise =
    recorded === null && byFlag ? 'Leave out --target to land on a branch of its own, or switch' : 'Switch'
  throw new OrchestratorError('target_checked_out', `${target} is checked out at ${workTrees.join(', ')}`, {
    hint: `Landing under a checkout would make your next commit delete what landed. ${otherwise} away first: ${leaveCheckout(gitDir, workTrees[0] ?? '.')}`,
  })
}

export function isTargetFlag({ origins }: Pick<LoadedConfig, 'origins'>): boolean {
  return origins['git.target'] === 'flag'
}
