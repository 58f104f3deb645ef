import type { CommitId } from '../domain/evidence.ts'
import { type RunContext, targetRef } from './context.ts'
import { LandingHalted } from './landing-right.ts'

/** Where the target is. While it is gone nobody can tell what has landed: the run pauses, and `LandingHalted` is thrown. */
export async function landingHead(context: RunContext): Promise<CommitId> {
  const head = await context.git.readRef(targetRef(context.target))
  if (head !== null) return head
  const reason = `the target branch ${context.target} is gone`
  context.pause('target', reason, null)
  throw new LandingHalted(reason)
}
