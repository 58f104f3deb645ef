import { lstat } from 'node:fs/promises'
import type { Place } from '../verify.ts'
import { readUntrusted } from '../../runtime/read-untrusted.ts'

/** Text beyond this is no report of tests; what is cut off makes it unreadable. */
const MOST_BYTES = 256 * 1024 * 1024

/** The text of a report that a command wrote; null when there is none. The command could have put anything there. */
export async function readReportFile(path: string, { clean }: Pick<Place, 'clean'>): Promise<string | null> {
  let size: number
  try {
    size = (await lstat(path)).size
  } catch {
    // No report is a fact about the run; the runner's reading turns it into a crash.
    return null
  }
  const text = await readUntrusted(path, Math.min(size, MOST_BYTES))
  return text === null || clean === undefined ? text : clean(text)
}
