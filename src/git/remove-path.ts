import { chmod, mkdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { below, isDirectory, namesIn, stampAt } from './disk.ts'
import { hasCode } from '../runtime/has-code.ts'

/**
 * Removes whatever is at a place, never following a link: directories that nobody may enter and directories nested
 * beyond what a path can name included. `trash` is a place for a directory on the same file system; it is gone again
 * when this resolves.
 */
export async function removePath(place: string | Buffer, trash: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true })
  } catch (reason) {
    if (!hasCode(reason, ...OBSTACLES)) throw reason
    await removeStubborn(place, trash)
  }
}

/** Removes all that is in a directory. */
export async function emptyDirectory(directory: string, trash: string): Promise<void> {
  for (const name of await namesIn(directory)) await removePath(below(directory, name), trash)
}

const OBSTACLES = ['EACCES', 'EPERM', 'ENAMETOOLONG', 'ENOTEMPTY', 'EBUSY']
/** Longer paths are shortened by moving the directory; the limit of most systems is 4096, of some 1024. */
const MAX_PATH_BYTES = 900

interface Removal {
  readonly trash: string
  moved: number
}

async function removeStubborn(place: string | Buffer, trash: string): Promise<void> {
  await rm(trash, { recursive: true, force: true }).catch(() => {
    // Directories of an earlier removal that ended early; they are taken up below.
  })
  await mkdir(trash, { recursive: true })
  const removal: Removal = { trash, moved: 0 }
  await removeEntry(place, removal)
  // Each round takes up what was moved because it lay too deep, and may move more.
  for (let names = await namesIn(trash); names.length > 0; names = await namesIn(trash)) {
    for (const name of names) await removeEntry(below(trash, name), removal)
  }
  await rmdir(trash)
}

async function removeEntry(place: string | Buffer, removal: Removal): Promise<void> {
  const stamp = await stampAt(place)
  if (stamp === null) return
  if (!isDirectory(stamp)) return await unlink(place)
  if ((stamp.mode & 0o700) !== 0o700) await chmod(place, 0o700)
  const length = Buffer.byteLength(place)
  if (length > MAX_PATH_BYTES && length > Buffer.byteLength(removal.trash) + MAX_PATH_BYTES / 2) {
    return await moveAway(place, removal)
  }
  for (const name of await namesIn(place)) await removeEntry(below(place, name), removal)
  await rmdir(place)
}

async function moveAway(place: string | Buffer, removal: Removal): Promise<void> {
  removal.moved += 1
  for (;;) {
    const target = `${removal.trash}/${removal.moved}`
    if ((await stampAt(target)) === null) return await rename(place, target)
    removal.moved += 1
  }
}
