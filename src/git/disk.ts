import { type BigIntStats, lstat as lstatCallback } from 'node:fs'
import { chmod, lstat, mkdir, readdir, unlink } from 'node:fs/promises'
import { pathFromBytes, pathToBytes } from './tree-object.ts'
import { hasCode } from '../runtime/has-code.ts'

/** The place of a tree's path on disk; bytes where the path is no text. */
export function diskPath(root: string, path: string): string | Buffer {
  if (path === '') return root
  return path.isWellFormed() ? `${root}/${path}` : Buffer.concat([Buffer.from(`${root}/`), pathToBytes(path)])
}

/** What tells that a file changed since: a change by whatever way gives a new `ctimeNs`. */
export interface Stamp {
  readonly mode: number
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly ino: bigint
}

export function stampOf(stats: BigIntStats): Stamp {
  return {
    mode: Number(stats.mode),
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    ino: stats.ino,
  }
}

export function sameStamp(left: Stamp, right: Stamp): boolean {
  return (
    left.ctimeNs === right.ctimeNs &&
    left.mtimeNs === right.mtimeNs &&
    left.size === right.size &&
    left.ino === right.ino &&
    left.mode === right.mode
  )
}

/** Never follows a link; null when nothing is there. */
export async function stampAt(place: string | Buffer): Promise<Stamp | null> {
  try {
    return stampOf(await lstat(place, { bigint: true }))
  } catch (reason) {
    if (hasCode(reason, 'ENOENT', 'ENOTDIR')) return null
    throw reason
  }
}

/** Stamps of many names of one directory; what vanished meanwhile is left out. */
export async function stampsIn(
  directory: string | Buffer,
  names: readonly string[],
): Promise<Map<string, Stamp>> {
  const stamps = new Map<string, Stamp>()
  const prefix = typeof directory === 'string' ? `${directory}/` : null
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE)
    const found = await Promise.all(
      some.map((name) =>
        stampOrNull(prefix !== null && name.isWellFormed() ? prefix + name : below(directory, name)),
      ),
    )
    for (const [index, stamp] of found.entries()) if (stamp !== null) stamps.set(some[index] ?? '', stamp)
  }
  return stamps
}

/** Names in a directory as `pathFromBytes` writes them. A directory that its owner may not read is opened up first. */
export async function namesIn(directory: string | Buffer): Promise<string[]> {
  try {
    return await readNames(directory)
  } catch (reason) {
    if (!hasCode(reason, 'EACCES', 'EPERM')) throw reason
    await chmod(directory, 0o700)
    return await readNames(directory)
  }
}

/** Sees to it that a real directory is there, in place of whatever else was. Its parent must be one. */
export async function ensureDirectory(place: string): Promise<void> {
  const stamp = await stampAt(place)
  if (stamp !== null && isDirectory(stamp)) {
    if ((stamp.mode & 0o700) !== 0o700) await chmod(place, 0o755)
    return
  }
  if (stamp !== null) await unlink(place)
  await mkdir(place)
}

export function below(directory: string | Buffer, name: string): string | Buffer {
  if (typeof directory === 'string') return diskPath(directory, name)
  return Buffer.concat([directory, Buffer.from('/'), pathToBytes(name)])
}

export function isDirectory(stamp: Stamp): boolean {
  return (stamp.mode & KIND) === 0o040000
}

export function isRegular(stamp: Stamp): boolean {
  return (stamp.mode & KIND) === 0o100000
}

export function isLink(stamp: Stamp): boolean {
  return (stamp.mode & KIND) === 0o120000
}

/** What a directory entry is, in words. */
export function kindOf(stamp: Stamp): string {
  return KINDS.get(stamp.mode & KIND) ?? 'of an unknown kind'
}

const KIND = 0o170000
/** Questions to the file system at once. Fewer cost more: each waits for a thread to wake up. */
const AT_ONCE = 64

const KINDS: ReadonlyMap<number, string> = new Map([
  [0o010000, 'a FIFO'],
  [0o020000, 'a character device'],
  [0o040000, 'a directory'],
  [0o060000, 'a block device'],
  [0o100000, 'a regular file'],
  [0o120000, 'a symbolic link'],
  [0o140000, 'a socket'],
])

/** The callback form takes half the time of the promise form, and this is called for every file. */
function stampOrNull(place: string | Buffer): Promise<Stamp | null> {
  return new Promise((resolve, reject) => {
    lstatCallback(place, { bigint: true }, (error, stats) => {
      if (error === null) resolve(stampOf(stats))
      else if (hasCode(error, 'ENOENT')) resolve(null)
      else reject(error)
    })
  })
}

async function readNames(directory: string | Buffer): Promise<string[]> {
  const names = await readdir(directory)
  if (!names.some((name) => name.includes('\uFFFD'))) return names
  return (await readdir(directory, { encoding: 'buffer' })).map((name) => pathFromBytes(Buffer.from(name)))
}
