import { realpathSync } from 'node:fs'

/** Where a path leads. One at which nothing can be found stays as it is: whoever opens it tells why. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}
