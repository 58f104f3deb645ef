import { realpathSync, statSync } from 'node:fs'
import { findProgram } from '../runtime/find-program.ts'

/** Programs that decide what setup installs and what tests do, whoever starts them. */
const DECIDING_PROGRAMS = ['node', 'npm', 'python3', 'python', 'go', 'cargo'] as const

/** Path, size and time of each, and of more, on a PATH; one that is put in the place of another has others. They are never started. */
export function programStates(
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): readonly unknown[] {
  return [...DECIDING_PROGRAMS, ...more].map((name) => {
    const found = findProgram(name, { env, cwd: '/' })
    if (found === null) return [name, null]
    const { size, mtimeMs } = statSync(found)
    return [name, [realpathSync(found), size, mtimeMs]]
  })
}
