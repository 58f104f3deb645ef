import { closeSync, openSync } from 'node:fs'
import { stateUnusable } from '../config/state-directory.ts'

/**
 * Makes a file for its owner alone where there is none: SQLite would make it for everybody, and gives files beside it the
 * mode of this one. Throws `state_unusable`.
 */
export function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (cause) {
    throw stateUnusable(`the store ${path}`, cause)
  }
}
