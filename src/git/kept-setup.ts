import type { Clock } from '../runtime/clock.ts'
import { type LeftBySetup, restoreFolders, restoreHome, surveyLeft } from './left-by-setup.ts'
import type { SlotPlace } from './slot-place.ts'

/** What setup left in the slot of an agent, for as long as nobody changed it. Never on disk: another process sets up anew. */
export class KeptSetup {
  readonly #place: SlotPlace
  readonly #clock: Clock
  #kept: (LeftBySetup & { readonly key: string }) | null = null

  constructor(place: SlotPlace, clock: Clock) {
    this.#place = place
    this.#clock = clock
  }

  /** The key of what setup left; null where nothing is kept. */
  get key(): string | null {
    return this.#kept?.key ?? null
  }

  /** Folders of the tree that setup filled. */
  get folders(): readonly string[] {
    return this.#kept?.folders ?? []
  }

  forget(): void {
    this.#kept = null
  }

  /** Right after setup, when every process of it is dead. `folders` are relative to the tree. */
  async remember(key: string, folders: readonly string[]): Promise<void> {
    this.#kept = { key, ...(await surveyLeft(this.#place, this.#clock, folders)) }
  }

  /** Brings HOME back to what setup left; false, and nothing is kept any more, where it cannot be. */
  async restoreHome(): Promise<boolean> {
    return await this.#restored((kept) => restoreHome(this.#place, kept))
  }

  /** The same with the folders of the tree: whoever comes next must find nothing of the agent that was here. */
  async restoreFolders(): Promise<boolean> {
    return await this.#restored((kept) => restoreFolders(this.#place, kept))
  }

  async #restored(restore: (kept: LeftBySetup) => Promise<boolean>): Promise<boolean> {
    if (this.#kept !== null && (await restore(this.#kept))) return true
    this.#kept = null
    return false
  }
}
