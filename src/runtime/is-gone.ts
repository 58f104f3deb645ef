import { statSync } from 'node:fs'

/** Whether nothing is there. What cannot be looked at may be there: whoever opens it tells why. */
export function isGone(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}
