import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** As many links as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40

/**
 * Where a path leads, as far as something is there, and behind that where its links say. What nobody may look at stays as it is:
 * whoever opens it tells why.
 */
export function realPath(path: string, links = 0): string {
  try {
    return realpathSync.native(path)
  } catch {
    const folder = dirname(path)
    if (folder === path) return path
    const at = join(realPath(folder, links), basename(path))
    const target = linkAt(at)
    return target === null || links >= MOST_LINKS ? at : realPath(target, links + 1)
  }
}

function linkAt(path: string): string | null {
  try {
    return resolve(dirname(path), readlinkSync(path))
  } catch {
    // No link, or nothing at all.
    return null
  }
}
