import { workOff } from './bounded.ts'
import { diskPath, isDirectory, namesIn, type Stamp, stampsIn } from './disk.ts'
import { removePath } from './remove-path.ts'

/** What setup left behind: the place of every file in its folders, and what tells that one changed since. */
export type Installed = ReadonlyMap<string, string>

/** Folders below a slot: dependency folders of the tree and HOME. */
interface InstalledFolders {
  readonly slot: string
  readonly trash: string
  /** Relative to the slot. */
  readonly folders: readonly string[]
}

interface InstalledSurvey {
  readonly installed: Installed
  /** The latest time of change of any file; one of the same time may change again without a trace. */
  readonly latestNs: bigint
}

export async function surveyInstalled(where: InstalledFolders): Promise<InstalledSurvey> {
  const installed = new Map<string, string>()
  let latestNs = 0n
  await visit(where, (path, stamp) => {
    installed.set(path, printOf(stamp))
    if (stamp.ctimeNs > latestNs) latestNs = stamp.ctimeNs
    return isDirectory(stamp)
  })
  return { installed, latestNs }
}

/**
 * Brings the folders back to what setup left: whatever came later is removed. False when something was changed or is
 * gone; then only setup can make it good.
 */
export async function restoreInstalled(where: InstalledFolders, installed: Installed): Promise<boolean> {
  let same = 0
  const added: string[] = []
  await visit(where, (path, stamp) => {
    const print = installed.get(path)
    const isSame = print === printOf(stamp)
    if (isSame) same += 1
    else if (print === undefined) added.push(path)
    return isSame && isDirectory(stamp)
  })
  if (same !== installed.size) return false
  for (const path of added) await removePath(diskPath(where.slot, path), where.trash)
  return true
}

const DIRECTORIES_AT_ONCE = 8

async function visit(
  where: InstalledFolders,
  /** Whether to look into it. */
  see: (path: string, stamp: Stamp) => boolean,
): Promise<void> {
  const queue: string[] = []
  const seeAll = async (parent: string, names: readonly string[]): Promise<void> => {
    const place = diskPath(where.slot, parent)
    for (const [name, stamp] of await stampsIn(place, names)) {
      const path = parent === '' ? name : `${parent}/${name}`
      if (see(path, stamp)) queue.push(path)
    }
  }
  for (const folder of where.folders) {
    const slash = folder.lastIndexOf('/')
    await seeAll(slash < 0 ? '' : folder.slice(0, slash), [folder.slice(slash + 1)])
  }
  await workOff(queue, DIRECTORIES_AT_ONCE, async (path) => {
    await seeAll(path, await namesIn(diskPath(where.slot, path)))
  })
}

/** The times of a directory change with what comes and goes in it, which is looked at anyway. */
function printOf(stamp: Stamp): string {
  if (isDirectory(stamp)) return `${stamp.mode} ${stamp.ino}`
  return `${stamp.mode} ${stamp.ino} ${stamp.size} ${stamp.mtimeNs} ${stamp.ctimeNs}`
}
