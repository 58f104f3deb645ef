import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Exec } from '../runtime/exec.ts'
import { isAlive, processIdentity } from '../runtime/process-identity.ts'

/** Who works in a state directory: written before any command runs there, read by whoever comes after. */
const MARK_FILE = 'in-use-by.json'

const markShape = z.object({
  ownerId: z.string(),
  process: z.object({ host: z.string(), bootId: z.string(), pid: z.number(), processStart: z.string() }),
})

export async function markPlace(directory: string, ownerId: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, MARK_FILE), JSON.stringify({ ownerId, process: processIdentity() }))
}

/** Whether somebody may work in this place; one of another machine counts. */
export async function isPlaceInUse(directory: string): Promise<boolean> {
  const mark = await readMark(directory)
  return mark !== null && isAlive(mark.process) !== false
}

/** Ends the processes that a killed predecessor left in this place. Call it only as the owner of the store. */
export async function endLeftovers(exec: Exec, directory: string): Promise<number> {
  const mark = await readMark(directory)
  return mark === null || isAlive(mark.process) === true ? 0 : exec.endOrphans(mark.ownerId)
}

/** Removes the benches of processes that died without tidying up, and ends what they left running. */
export async function removeDeadBenches(exec: Exec, stateDirectory: string): Promise<void> {
  const benches = join(stateDirectory, 'benches')
  await mkdir(benches, { recursive: true, mode: 0o700 })
  for (const name of await readdir(benches)) {
    const bench = join(benches, name)
    const mark = await readMark(bench)
    if (mark === null || isAlive(mark.process) !== false) continue
    await exec.endOrphans(mark.ownerId)
    await rm(bench, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function readMark(directory: string): Promise<z.infer<typeof markShape> | null> {
  try {
    return markShape.parse(JSON.parse(await readFile(join(directory, MARK_FILE), 'utf8')))
  } catch {
    // No mark, or one cut off by a crash while it was written: nothing is known about the place.
    return null
  }
}
