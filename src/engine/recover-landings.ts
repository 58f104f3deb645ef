import type { RunContext } from './context.ts'
import { targetRef } from './context.ts'

/** After a crash, git decides which intents have landed: contained in the target means landed, else it never happened. */
export async function recoverLandings(context: RunContext): Promise<void> {
  const { git, store, clock } = context
  for (const intent of await store.openIntents(context.run)) {
    const head = await git.readRef(targetRef(intent.target))
    if (head !== null && (await git.isAncestor(intent.merge, head))) {
      await git.writeNote(intent.merge, intent.evidenceText)
      await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())
    } else {
      await store.dropIntent(intent.run, intent.task, clock.now())
    }
  }
}
