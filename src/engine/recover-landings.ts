import type { CommitId } from '../domain/evidence.ts'
import type { LandingIntent } from '../store/store.ts'
import type { RunContext } from './context.ts'
import { landingHead } from './landing-head.ts'

/**
 * Git decides which intents have landed: contained in the target means landed, else it never happened. After a crash, and
 * before a landing that broke off is taken up again. Where the note cannot be written, `without` leaves it out: the task
 * has landed all the same. Throws `LandingHalted` while the target is gone.
 */
export async function recoverLandings(
  context: RunContext,
  options: { readonly task?: string; readonly without?: 'note' } = {},
): Promise<void> {
  const { store, clock } = context
  for (const intent of await store.openIntents(context.run)) {
    if (options.task !== undefined && options.task !== intent.task) continue
    if (await hasLanded(context, intent)) {
      if (options.without !== 'note' && intent.evidenceText !== '')
        await context.git.writeNote(intent.merge, intent.evidenceText)
      await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())
      // Workers that found nothing to claim wait for what depends on it.
      context.wake.ring()
    } else {
      await store.dropIntent(intent.run, intent.task, clock.now())
    }
  }
}

/** A merge whose object never reached the disk did not land either. */
async function hasLanded(context: RunContext, { merge }: LandingIntent): Promise<boolean> {
  const head = await landingHead(context)
  return (await context.git.resolve(merge)) !== null && (await context.git.isAncestor(merge, head))
}

/**
 * Landings that somebody took out of the target: such a task stays completed, what depends on it and has not landed
 * waits for a person, and nothing lands again by itself.
 */
export async function findLostLandings(context: RunContext, head: CommitId): Promise<void> {
  const { git, store, clock, run } = context
  const landed = (await store.landed(run)).filter(({ target }) => target === context.target)
  if (landed.length === 0) return
  const straight = new Set(await git.firstParents(null, head, FIRST_PARENTS_LIMIT))
  for (const { task, merge } of landed) {
    if (straight.has(merge) || (await git.isAncestor(merge, head))) continue
    await store.loseLanding(run, task, clock.now())
    context.wake.ring()
  }
}

/** Deeper history is asked commit by commit. */
const FIRST_PARENTS_LIMIT = 100_000
