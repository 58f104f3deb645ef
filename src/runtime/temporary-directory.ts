import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf, OrchestratorError } from '../errors.ts'

/** Makes an empty directory among temporary files, and answers its real path. Throws `directory_unusable`. */
export function makeTemporaryDirectory(prefix: string): string {
  const among = tmpdir()
  try {
    return mkdtempSync(join(realpathSync(among), prefix))
  } catch (cause) {
    throw new OrchestratorError(
      'directory_unusable',
      `temporary files cannot be made in ${among}: ${messageOf(cause)}`,
      { hint: 'Set TMPDIR to a directory that is there and can be written.', cause },
    )
  }
}
