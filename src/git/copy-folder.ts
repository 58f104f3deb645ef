import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readlink, symlink, utimes } from 'node:fs/promises'
import { workOff } from './bounded.ts'
import {
  below,
  diskPath,
  isDirectory,
  isLink,
  isRegular,
  kindOf,
  namesIn,
  type Stamp,
  stampAt,
  stampsIn,
} from './disk.ts'

interface CopyOptions {
  readonly signal: AbortSignal
  /** By path below `from`. Default: nothing. */
  readonly leaveOut?: (path: string) => boolean
}

/**
 * Copies a directory and what lies below it into another directory that is there: files and directories with their modes and
 * times of change, which npm compares; links as they are. Hard links become files of their own. Where the file system can,
 * files share their room until one is written to. No process may write at either place meanwhile.
 */
export async function copyFolder(
  from: string,
  to: string,
  { signal, leaveOut = () => false }: CopyOptions,
): Promise<void> {
  const root = await stampAt(from)
  if (root === null) throw new Error(`${from} is gone`)
  const queue = ['']
  const directories: Target[] = [{ target: to, stamp: root }]
  await workOff(queue, DIRECTORIES_AT_ONCE, async (folder) => {
    signal.throwIfAborted()
    const source = diskPath(from, folder)
    const target = diskPath(to, folder)
    const entries = [...(await stampsIn(source, await namesIn(source)))]
      .map(([name, stamp]) => ({
        path: folder === '' ? name : `${folder}/${name}`,
        source: below(source, name),
        target: below(target, name),
        stamp,
      }))
      .filter(({ path }) => !leaveOut(path))
    for (let at = 0; at < entries.length; at += FILES_AT_ONCE) {
      signal.throwIfAborted()
      await Promise.all(entries.slice(at, at + FILES_AT_ONCE).map(copyEntry))
    }
    for (const entry of entries) {
      if (!isDirectory(entry.stamp)) continue
      directories.push(entry)
      queue.push(entry.path)
    }
  })
  // What lies in a directory before itself: it changes the time of the directory, and nobody can enter some of them then.
  for (const directory of directories.toReversed()) await dress(directory)
}

const DIRECTORIES_AT_ONCE = 4
const FILES_AT_ONCE = 16
const PERMISSIONS = 0o7777

interface Target {
  readonly target: string | Buffer
  readonly stamp: Stamp
}

async function copyEntry({
  source,
  target,
  stamp,
}: Target & { readonly source: string | Buffer }): Promise<void> {
  if (isDirectory(stamp)) return await mkdir(target, 0o700)
  if (isLink(stamp)) return await symlink(await readlink(source, { encoding: 'buffer' }), target)
  if (!isRegular(stamp)) throw new Error(`${String(source)} is ${kindOf(stamp)}`)
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  await dress({ target, stamp })
}

async function dress({ target, stamp }: Target): Promise<void> {
  await chmod(target, stamp.mode & PERMISSIONS)
  const modified = Number(stamp.mtimeNs) / 1e9
  await utimes(target, modified, modified)
}
