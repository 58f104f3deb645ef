import { realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isUnder } from '../../domain/plan-path.ts'
import { OrchestratorError } from '../../errors.ts'
import { readUntrustedBytes } from '../../runtime/read-untrusted.ts'
import { findRepository } from '../../runtime/repository-id.ts'
import { utf8Text } from '../../runtime/utf8-text.ts'

const LONGEST = 8 * 1024 * 1024

/** A plan file that an assistant names: one within the work tree, by its real place, of bounded length. */
export async function readPlanFile(cwd: string, file: string): Promise<string> {
  const root = findRepository(cwd)?.workTree ?? cwd
  const real = await realOf(resolve(cwd, file))
  if (real === null || !isUnder(real, await realpath(root)))
    throw unreadable(file, 'there is no such file in the repository')
  const { size } = await stat(real)
  if (size > LONGEST) throw unreadable(file, `it is longer than ${LONGEST} bytes`)
  const bytes = await readUntrustedBytes(real, LONGEST)
  if (bytes === null) throw unreadable(file, 'it is no file')
  const read = utf8Text(bytes)
  if ('text' in read) return read.text
  throw unreadable(file, `line ${read.notUtf8} is not UTF-8`)
}

async function realOf(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch {
    // Not there, or not to be entered.
    return null
  }
}

function unreadable(file: string, why: string): OrchestratorError {
  return new OrchestratorError('plan_unreadable', `cannot read ${file}: ${why}`, {
    hint: 'Name a plan file within the repository, JSON or YAML, relative to its top.',
  })
}
