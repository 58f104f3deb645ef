import { existsSync } from 'node:fs'
import { readdir, realpath, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isUnder } from '../domain/plan-path.ts'
import { hasCode } from '../runtime/has-code.ts'

/** Who works in a state directory: a mark for each, written before any command runs there, and removed behind the last. */
export const MARKS = 'in-use-by'

/** Removes all of a place but who works there, and then that: where it is interrupted, whoever comes next sees whose it was. */
export async function removePlace(directory: string): Promise<void> {
  if (existsSync(directory)) await emptyPlace(directory)
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
}

/** Removes all of a place but who works there, and what is `kept` for later or holds that. */
export async function emptyPlace(directory: string, kept: readonly string[] = []): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (name !== MARKS && !kept.some((each) => isUnder(each, path)))
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Where somebody began anew there meanwhile it stays; so does a link that leads to it. */
export async function removeEmptyPlace(directory: string): Promise<void> {
  if (!existsSync(directory)) return
  const place = await realpath(directory)
  for (const path of [join(place, MARKS), place]) {
    try {
      await rmdir(path)
    } catch (thrown) {
      if (!hasCode(thrown, ...LEFT)) throw thrown
    }
  }
}

const LEFT = ['ENOTEMPTY', 'EEXIST', 'ENOENT']
