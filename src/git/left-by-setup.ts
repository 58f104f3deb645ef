import type { Clock } from '../runtime/clock.ts'
import { type Installed, restoreInstalled, surveyInstalled } from './installed.ts'
import { fileSystemTime, type SlotPlace } from './slot-place.ts'

/** What setup left in a slot. */
export interface LeftBySetup {
  /** Folders of the tree, relative to it. */
  readonly folders: readonly string[]
  /** Below `folders`. */
  readonly installed: Installed
  readonly home: Installed
}

/** Right after setup, when every process of it is dead. */
export async function surveyLeft(
  place: SlotPlace,
  clock: Pick<Clock, 'sleep'>,
  folders: readonly string[],
): Promise<LeftBySetup> {
  const home = await surveyInstalled({ ...place, folders: HOME })
  const installed = await surveyInstalled({ ...place, folders: inTree(folders) })
  // A change in the same tick of the clock would leave no trace.
  for (let waits = 0; waits < MAX_TICKS; waits += 1) {
    const now = await fileSystemTime(place)
    if (now > home.latestNs && now > installed.latestNs) break
    await clock.sleep(TICK_MS)
  }
  return { folders, installed: installed.installed, home: home.installed }
}

/** Brings HOME back to what setup left; false where only setup can make it good. */
export function restoreHome(place: SlotPlace, { home }: LeftBySetup): Promise<boolean> {
  return restoreInstalled({ ...place, folders: HOME }, home)
}

/** The same with the folders of the tree. */
export function restoreFolders(place: SlotPlace, { folders, installed }: LeftBySetup): Promise<boolean> {
  return restoreInstalled({ ...place, folders: inTree(folders) }, installed)
}

const HOME: readonly string[] = ['home']

function inTree(folders: readonly string[]): string[] {
  return folders.map((folder) => `tree/${folder}`)
}

/** How long a clock of a file system may stand still: two seconds on the coarsest. */
const MAX_TICKS = 250
const TICK_MS = 10
