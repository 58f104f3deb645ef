import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { hasCode } from '../runtime/has-code.ts'

/** What is older was left by a process that was killed: none of ours is at one file for so long. */
const STALE_MS = 24 * 3_600_000

/**
 * Removes what killed processes left in the place of the private repository: content on its way to git and, where there was
 * any, what their git left half done. Nothing that is less than a day old, whose owner may live.
 */
export async function removeLeftBehind(
  place: { readonly stateDirectory: string; readonly gitDir: string; readonly tempParent: string },
  clock: Clock,
): Promise<void> {
  const removed = await removeStale(place.tempParent, clock, () => true)
  // Who ends in time takes its own content away: only after a kill is it worth to look through all objects.
  if (removed === 0) return
  await removeStale(place.stateDirectory, clock, (name) => /^objects\..+\.new$/.test(name))
  await removeStale(place.gitDir, clock, (name) => name.endsWith('.lock'))
  const objects = join(place.gitDir, 'objects')
  for (const folder of await namesIn(objects)) await removeStale(join(objects, folder), clock, isHalfDone)
}

/** As git names an object or a pack that it writes. */
function isHalfDone(name: string): boolean {
  return name.startsWith('tmp_') || name.endsWith('.lock')
}

async function removeStale(
  directory: string,
  clock: Clock,
  isMeant: (name: string) => boolean,
): Promise<number> {
  let removed = 0
  for (const name of (await namesIn(directory)).filter(isMeant)) {
    const path = join(directory, name)
    // Another process may remove its own while we look.
    const modified = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    )
    if (modified >= clock.now() - STALE_MS) continue
    await rm(path, { recursive: true, force: true })
    removed += 1
  }
  return removed
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (reason) {
    if (hasCode(reason, 'ENOENT', 'ENOTDIR')) return []
    throw reason
  }
}
