import type { Clock } from '../runtime/clock.ts'
import { type Installed, type InstalledFolders, restoreInstalled, surveyInstalled } from './installed.ts'
import { fileSystemTime, type SlotPlace } from './slot-place.ts'

/** What setup left in the slot of an agent, for as long as nobody changed it. Never on disk: another process sets up anew. */
export class KeptSetup {
  readonly #place: SlotPlace
  readonly #clock: Clock
  #kept: Kept | null = null

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
    const home = await surveyInstalled(this.#where(HOME))
    const installed = await surveyInstalled(this.#where(inTree(folders)))
    // A change in the same tick of the clock would leave no trace.
    for (let waits = 0; waits < MAX_TICKS; waits += 1) {
      const now = await fileSystemTime(this.#place)
      if (now > home.latestNs && now > installed.latestNs) break
      await this.#clock.sleep(TICK_MS)
    }
    this.#kept = { key, folders, home: home.installed, installed: installed.installed }
  }

  /** Brings HOME back to what setup left; false, and nothing is kept any more, where it cannot be. */
  async restoreHome(): Promise<boolean> {
    return await this.#restored((kept) => restoreInstalled(this.#where(HOME), kept.home))
  }

  /** The same with the folders of the tree: whoever comes next must find nothing of the agent that was here. */
  async restoreFolders(): Promise<boolean> {
    return await this.#restored((kept) => restoreInstalled(this.#where(inTree(kept.folders)), kept.installed))
  }

  async #restored(restore: (kept: Kept) => Promise<boolean>): Promise<boolean> {
    if (this.#kept !== null && (await restore(this.#kept))) return true
    this.#kept = null
    return false
  }

  #where(folders: readonly string[]): InstalledFolders {
    const { slot, trash } = this.#place
    return { slot, trash, folders }
  }
}

interface Kept {
  readonly key: string
  readonly folders: readonly string[]
  readonly home: Installed
  readonly installed: Installed
}

const HOME: readonly string[] = ['home']

function inTree(folders: readonly string[]): string[] {
  return folders.map((folder) => `tree/${folder}`)
}

/** How long a clock of a file system may stand still: two seconds on the coarsest. */
const MAX_TICKS = 250
const TICK_MS = 10
