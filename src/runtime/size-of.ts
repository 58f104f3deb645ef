import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of the files at and below a path; links are not followed. 0 where there is nothing. */
export async function sizeOf(path: string): Promise<number> {
  let bytes = 0
  const open = [path]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    try {
      const found = await lstat(next)
      if (!found.isDirectory()) bytes += found.size
      else for (const name of await readdir(next)) open.push(join(next, name))
    } catch (thrown) {
      // What goes away while we count takes no room.
      if (!(thrown instanceof Error && 'code' in thrown)) throw thrown
    }
  }
  return bytes
}
