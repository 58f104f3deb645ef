import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Where a path leads, as far as something is there. What nobody may look at stays as it is: whoever opens it tells why. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(realPath(folder), basename(path))
  }
}
