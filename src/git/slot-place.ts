import { lutimes, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import { ensureDirectory, stampAt } from './disk.ts'
import { emptyDirectory } from './remove-path.ts'

/** The directories of one slot, at fixed absolute paths. */
export interface SlotPlace {
  readonly name: string
  readonly slot: string
  readonly tree: string
  readonly home: string
  readonly temp: string
  readonly reports: string
  /** Only there while something is removed or put together. */
  readonly trash: string
  readonly staging: string
  /** A `.git` that an agent left, on its way out. */
  readonly discarded: string
}

export function slotPlace(slots: string, name: string): SlotPlace {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) {
    throw new OrchestratorError('internal', `not a name for a slot: ${JSON.stringify(name)}`)
  }
  const slot = join(slots, name)
  return {
    name,
    slot,
    tree: join(slot, 'tree'),
    home: join(slot, 'home'),
    temp: join(slot, 'tmp'),
    reports: join(slot, 'reports'),
    trash: join(slot, 'trash'),
    staging: join(slot, 'staging'),
    discarded: join(slot, 'discarded'),
  }
}

/** Sees to it that the directories are there and are real ones, whatever was left in their place. */
export async function ensurePlace(place: SlotPlace): Promise<void> {
  await mkdir(join(place.slot, '..'), { recursive: true })
  await ensureDirectory(place.slot)
  await Promise.all([place.tree, place.home, place.temp, place.reports].map(ensureDirectory))
}

/** Empties what lies beside the tree: HOME, TMPDIR and reports, or only the last two. */
export async function emptyAround(place: SlotPlace, home: 'home' | 'not_home' = 'home'): Promise<void> {
  const directories = [place.temp, place.reports, ...(home === 'home' ? [place.home] : [])]
  for (const directory of directories) await emptyDirectory(directory, `${directory}-trash`)
}

/** The time of the slot's own file system: what is changed from now on gets this time or a later one. */
export async function fileSystemTime(place: SlotPlace): Promise<bigint> {
  // Any change of a directory's times gives it the present as its time of change.
  await lutimes(place.slot, 0, 0)
  const stamp = await stampAt(place.slot)
  if (stamp === null) throw new OrchestratorError('slot_failed', `${place.slot} is gone`)
  return stamp.ctimeNs
}
