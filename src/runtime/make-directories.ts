import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a directory and those above it. `mode`: who may enter, as far as the mask of the process lets them. Not the recursive `mkdir` of Node: below `/proc` that one never ends. */
export function makeDirectories(path: string, mode = 0o777): void {
  if (isDirectory(path)) return
  const parent = dirname(path)
  if (parent !== path) makeDirectories(parent, mode)
  try {
    mkdirSync(path, { mode })
  } catch (thrown) {
    // Somebody else was faster.
    if (!isDirectory(path)) throw thrown
  }
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // What cannot be looked at cannot be made either, and that tells why.
    return false
  }
}
