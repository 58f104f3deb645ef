import { createHash } from 'node:crypto'
import { extensionOf } from '../syntax.ts'

/** A reading of a file: its path says the language, and nothing else of it counts. */
type Reading<T> = (path: string, text: string) => T

/** The same reading, made once of each text: most files of a tree are those of the tree before it. */
export function readOnce<T>(read: Reading<T>): Reading<T> {
  const known = new Map<string, T>()
  return (path, text) => {
    const key = `${extensionOf(path)} ${createHash('sha256').update(text).digest('base64')}`
    const found = known.get(key)
    if (found !== undefined) return found
    const result = read(path, text)
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(key, result)
    return result
  }
}

/** Texts of which one reading is remembered. */
const MAX_KNOWN = 20_000
