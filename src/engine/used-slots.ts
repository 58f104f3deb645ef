import { relative } from 'node:path'
import type { Suite } from '../domain/suite.ts'
import type { ProofTree, SlotDirectories } from '../git/trees.ts'

interface UsedSlot {
  readonly suite: Suite
  readonly place: UsedPlace
}

interface UsedPlace extends SlotDirectories {
  /** Those of the tree that setup filled, relative to it. */
  readonly folders: () => readonly string[]
}

/** The slots that suites used since the engine was opened, until they are torn down. */
export class UsedSlots {
  readonly #used = new Map<string, UsedSlot>()

  add(suite: Suite, used: SlotDirectories & Partial<Pick<ProofTree, 'dependencyDirectories'>>): void {
    const { slot, directory, home, temp } = used
    const folders = (): readonly string[] =>
      (used.dependencyDirectories?.() ?? []).map((folder) => relative(directory, folder))
    this.#used.set(`${suite.name} ${slot}`, { suite, place: { slot, directory, home, temp, folders } })
  }

  /** Where a suite was last. */
  lastOf(suite: Suite): UsedPlace | null {
    return [...this.#used.values()].findLast((used) => used.suite.name === suite.name)?.place ?? null
  }

  /** Each once: whoever takes them tears them down. */
  takeAll(): readonly UsedSlot[] {
    const all = [...this.#used.values()]
    this.#used.clear()
    return all
  }
}
