import { shellWord } from '../domain/shell-word.ts'
import { resumeCommand } from '../domain/way-on.ts'
import { OrchestratorError } from '../errors.ts'
import { type RunContext, targetRef } from './context.ts'
import { leaveCheckout } from './leave-checkout.ts'

/** The target of a run is gone, and landings with it. */
export async function targetMissing(world: Where, run: TargetedRun): Promise<OrchestratorError> {
  const resume = resumeCommand({ reset: null, steps: await wayToTarget(world, run) })
  return new OrchestratorError('target_missing', `the target branch ${run.target} of this run is gone`, {
    hint: `Make it again where the run left it, and go on: ${resume}. Or start anew: orchestrator run --new`,
  })
}

type Where = Pick<RunContext, 'git' | 'store'>

interface TargetedRun {
  readonly id: string
  /** Null before it has begun. */
  readonly target: string | null
}

/**
 * What is typed so that a run which is not over can land again: where its target is checked out, that is left; one that is
 * gone is made again at its last landing. Without a landing, the run makes it by itself.
 */
export async function wayToTarget({ git, store }: Where, { id, target }: TargetedRun): Promise<string[]> {
  if (target === null) return []
  const places = await git.checkedOut(target)
  if (places.length > 0) return places.map((place) => leaveCheckout(git.repository.gitDir, place))
  if ((await git.readRef(targetRef(target))) !== null) return []
  const last = (await store.landed(id)).at(-1)
  return last === undefined ? [] : [`git branch ${shellWord(target)} ${last.merge}`]
}
