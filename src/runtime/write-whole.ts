import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemClock } from './clock.ts'

/** Writes a file so that whoever looks sees the old one or the whole new one. What stands there is replaced, never followed. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path).slice(0, 100)}.${systemClock.id(12)}.tmp`)
  try {
    await writeFile(beside, text, { flag: 'wx' })
    await rename(beside, path)
  } catch (thrown) {
    await rm(beside, { force: true })
    throw thrown
  }
}
