import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { hasCode } from '../runtime/has-code.ts'

/** What a file system makes of names. */
export interface FileNames {
  /** A name is read back as it was written. */
  readonly keeps: boolean
  /** Names that differ only in letter case or Unicode form are one. */
  readonly folds: boolean
}

/** Tries it in a directory, and leaves nothing there. */
export async function fileNamesIn(directory: string, clock: Pick<Clock, 'id'>): Promise<FileNames> {
  const name = `.Names-\u00c9-${clock.id(8)}`
  const others = [name.toLowerCase(), name.normalize('NFD')]
  await writeFile(join(directory, name), '')
  try {
    const found = await Promise.all(others.map((other) => isThere(join(directory, other))))
    return { keeps: (await readdir(directory)).includes(name), folds: found.includes(true) }
  } finally {
    await rm(join(directory, name), { force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (reason) {
    if (hasCode(reason, 'ENOENT')) return false
    throw reason
  }
}
