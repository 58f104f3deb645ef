import { existsSync } from 'node:fs'
import { isMarked } from './other-program.ts'
import { openReader } from './reader.ts'

/** Whether this program wrote the file at a path: by its mark, which a damaged one may still have, or by what can be read of it. */
export function showsStore(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    if (isMarked(path)) return true
    using reader = openReader(path)
    return reader !== null
  } catch {
    // A text, the database of another program, or a store of which nothing is left to know it by.
    return false
  }
}
