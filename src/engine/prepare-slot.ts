import type { Task } from '../store/store.ts'
import type { RunContext } from './context.ts'
import { headOfTarget } from './ground.ts'

/** By which the slots know one task's work from another's. */
export function slotKey({ run }: RunContext, task: Task): string {
  return `${run} ${task.definition.key}`
}

/**
 * A task that is verified needs its slot no more, if all goes well: where another can be claimed, the slot is brought to
 * the head that it will begin from. Without one, the task keeps what it has there. Never fails: it only spares time.
 */
export async function prepareSlot(context: RunContext, verified: Task): Promise<void> {
  const { store, run, clock, git, trees, winding } = context
  try {
    if (winding.aborted || (await store.claimable(run, clock.now(), 1)).length === 0) return
    const head = await headOfTarget(context)
    trees.prepare({ after: slotKey(context, verified), tree: (await git.readCommit(head)).tree, base: head })
  } catch {
    // Whoever begins from there, or asks the store next, meets the same difficulty, and is told.
  }
}
