import type { Suite } from '../domain/suite.ts'
import type { SlotDirectories } from '../git/trees.ts'

interface UsedSlot {
  readonly suite: Suite
  readonly place: SlotDirectories
}

/** The slots that suites used since the engine was opened, until they are torn down. */
export class UsedSlots {
  readonly #used = new Map<string, UsedSlot>()

  add(suite: Suite, place: SlotDirectories): void {
    const { slot, directory, home, temp } = place
    this.#used.set(`${suite.name} ${slot}`, { suite, place: { slot, directory, home, temp } })
  }

  /** Where a suite was last. */
  lastOf(suite: Suite): SlotDirectories | null {
    return [...this.#used.values()].findLast((used) => used.suite.name === suite.name)?.place ?? null
  }

  /** Each once: whoever takes them tears them down. */
  takeAll(): readonly UsedSlot[] {
    const all = [...this.#used.values()]
    this.#used.clear()
    return all
  }
}
