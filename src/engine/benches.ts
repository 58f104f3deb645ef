import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { isAlive } from '../runtime/process-identity.ts'
import { type Mark, readMarks } from './place-marks.ts'
import { removePlace } from './remove-place.ts'

/** The place of one command that works beside a run: `check`, `prove`, `doctor`. */
interface Bench {
  readonly directory: string
  /** Who made it; none where that was interrupted, or is going on. */
  readonly marks: readonly Mark[]
}

/** Below the place of a repository. */
export const BENCHES = 'benches'

/** Which benches are worked at, and which were left by commands that died without tidying up. */
export async function benchesIn(place: string): Promise<{ readonly used: Bench[]; readonly dead: Bench[] }> {
  const used: Bench[] = []
  const dead: Bench[] = []
  for (const name of await readdir(join(place, BENCHES)).catch(() => [])) {
    const directory = join(place, BENCHES, name)
    const bench = { directory, marks: await readMarks(directory) }
    if (isDead(bench)) dead.push(bench)
    else used.push(bench)
  }
  return { used, dead }
}

/** Removes the benches that are dead, and ends what their commands left running. */
export async function removeDeadBenches(exec: Exec, place: string): Promise<void> {
  const { dead } = await benchesIn(place)
  for (const { directory, marks } of dead) {
    for (const { ownerId } of marks) await exec.endOrphans(ownerId)
    await removePlace(directory)
  }
}

/** No command takes longer: one of which nobody can tell whether it lives is dead by then. */
const LONGEST_MS = 24 * 60 * 60 * 1_000

function isDead({ directory, marks }: Bench): boolean {
  const lives = marks.map(({ process }) => isAlive(process))
  if (lives.includes(true)) return false
  const isKnown = lives.length > 0 && !lives.includes(null)
  return isKnown || isOld(directory)
}

function isOld(directory: string): boolean {
  const made = statSync(directory, { throwIfNoEntry: false })?.mtimeMs
  return made !== undefined && systemClock.now() - made > LONGEST_MS
}
