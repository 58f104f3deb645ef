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
  stampsIn,
} from './disk.ts'

/**
 * Copies what lies below a directory into another one: files with their modes and times, links as they are. Where the file
 * system can, files share their room until one is written to. No process may write at either place meanwhile.
 */
export async function copyFolder(
  from: string,
  to: string,
  /** By path below `from`. */
  leaveOut: (path: string) => boolean = () => false,
): Promise<void> {
  const queue = ['']
  const directories: { readonly at: string | Buffer; readonly mode: number }[] = []
  await workOff(queue, DIRECTORIES_AT_ONCE, async (folder) => {
    const source = diskPath(from, folder)
    const target = diskPath(to, folder)
    const entries = [...(await stampsIn(source, await namesIn(source)))].map(([name, stamp]) => ({
      path: folder === '' ? name : `${folder}/${name}`,
      source: below(source, name),
      target: below(target, name),
      stamp,
    }))
    const copied = entries.filter(({ path }) => !leaveOut(path))
    for (let at = 0; at < copied.length; at += FILES_AT_ONCE)
      await Promise.all(copied.slice(at, at + FILES_AT_ONCE).map(copyEntry))
    for (const { path, target: at, stamp } of copied) {
      if (!isDirectory(stamp)) continue
      directories.push({ at, mode: stamp.mode & PERMISSIONS })
      queue.push(path)
    }
  })
  // What lies in a directory before itself: nobody can enter some of them then.
  for (const { at, mode } of directories.toReversed()) await chmod(at, mode)
}

const DIRECTORIES_AT_ONCE = 4
const FILES_AT_ONCE = 16
const PERMISSIONS = 0o7777

interface Entry {
  readonly source: string | Buffer
  readonly target: string | Buffer
  readonly stamp: Stamp
}

async function copyEntry({ source, target, stamp }: Entry): Promise<void> {
  if (isDirectory(stamp)) return await mkdir(target, 0o700)
  if (isLink(stamp)) return await symlink(await readlink(source, { encoding: 'buffer' }), target)
  if (!isRegular(stamp)) throw new Error(`${String(source)} is ${kindOf(stamp)}`)
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  const modified = Number(stamp.mtimeNs / 1000n) / 1e6
  await utimes(target, modified, modified)
}
