import { accessSync, constants, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { userPath } from './user-path.ts'

/** Where a program is that a command names: by its path, or on the PATH that commands get. Null when it is nowhere. */
export function findProgram(
  name: string,
  where: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): string | null {
  if (name.includes('/')) return isProgram(resolve(where.cwd, name)) ? resolve(where.cwd, name) : null
  const directory = userPath(where.env)
    .split(':')
    .find((candidate) => isProgram(join(candidate, name)))
  return directory === undefined ? null : join(directory, name)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not there, or not for us to start: the next place may have it.
    return false
  }
}
