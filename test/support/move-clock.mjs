/**
 * Moves the wall clock of a program from outside, for `node --import`, in all of its threads: by as many milliseconds as the
 * file MOVED_CLOCK says. The monotonic clock goes on as it does.
 */
import { readFileSync } from 'node:fs'

const file = process.env.MOVED_CLOCK
const now = Date.now
/** How long it may take until it is noticed that the file says something else. */
const LOOK_MS = 20
let byMs = 0
let lookedAt = -Infinity

Date.now = () => {
  if (performance.now() - lookedAt >= LOOK_MS) {
    lookedAt = performance.now()
    try {
      byMs = Number(readFileSync(file, 'utf8')) || 0
    } catch {
      // Nobody has moved it yet.
      byMs = 0
    }
  }
  return now() + byMs
}
