import { lstat, opendir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** Of one entry, at least: a file without contents takes room in the file system, too. */
const ENTRY_BYTES = 1024
const BLOCK_BYTES = 512
/** Entries that are looked at together. */
const AT_ONCE = 32

/** A character for each byte of a path: names need be no text, and what lies below such a name counts as well. */
const BYTES = 'latin1'

interface Counted {
  /** Milliseconds since the epoch. By the time of change, which nobody can set as they like. */
  readonly since: number
  /** Counts no further than this. */
  readonly most: number
}

/**
 * Room on the disk of what was written below these paths since a moment. Never follows a link; holes of files count for
 * nothing, and what has many names counts once.
 */
export async function writtenSince(paths: readonly string[], { since, most }: Counted): Promise<number> {
  const open = paths.map((path) => Buffer.from(path).toString(BYTES))
  let bytes = 0
  for (let directory = open.pop(); directory !== undefined && bytes <= most; directory = open.pop()) {
    for await (const names of namesOf(directory)) {
      const parent = directory
      const found = await Promise.all(names.map((name) => entryAt(join(parent, name))))
      for (const entry of found) {
        if (entry === null) continue
        if (entry.changedAt >= since) bytes += entry.bytes
        if (entry.isDirectory) open.push(entry.path)
      }
      if (bytes > most) break
    }
  }
  return bytes
}

/** What a file system has left for us. */
export interface Room {
  readonly bytes: number
  /** Further files and directories; infinite where the file system makes them as they come. */
  readonly entries: number
}

export async function roomAt(path: string): Promise<Room> {
  const { bavail, bsize, files, ffree } = await statfs(path)
  return { bytes: bavail * bsize, entries: files === 0 ? Infinity : ffree }
}

/** The file system that a path is in. */
export async function deviceOf(path: string): Promise<number> {
  return (await stat(path)).dev
}

async function* namesOf(directory: string): AsyncGenerator<string[]> {
  let names: string[] = []
  try {
    for await (const { name } of await opendir(Buffer.from(directory, BYTES), { encoding: BYTES })) {
      names.push(name)
      if (names.length < AT_ONCE) continue
      yield names
      names = []
    }
  } catch {
    // It went away, or nobody may enter it: what cannot be counted is left out.
  }
  if (names.length > 0) yield names
}

interface Entry {
  readonly path: string
  readonly isDirectory: boolean
  readonly bytes: number
  readonly changedAt: number
}

async function entryAt(path: string): Promise<Entry | null> {
  try {
    const found = await lstat(Buffer.from(path, BYTES))
    const isDirectory = found.isDirectory()
    const names = isDirectory ? 1 : Math.max(1, found.nlink)
    const bytes = Math.max(ENTRY_BYTES, found.blocks * BLOCK_BYTES) / names
    return { path, isDirectory, bytes, changedAt: found.ctimeMs }
  } catch {
    // What goes away while we look takes no room.
    return null
  }
}
