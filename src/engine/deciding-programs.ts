import { realpathSync, statSync } from 'node:fs'
import { findProgram } from '../runtime/find-program.ts'
import { toolchainChoices } from '../runtime/toolchain-homes.ts'

/** Programs that decide what setup installs and what tests do, whoever starts them. */
const DECIDING_PROGRAMS = ['node', 'npm', 'python3', 'python', 'go', 'cargo'] as const

/**
 * Path, size and time of each, and of more, on a PATH; one that is put in the place of another has others. With what version
 * managers decide by: their programs are the same whatever they start. None is ever started.
 */
export function programStates(
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): readonly unknown[] {
  const programs = [...DECIDING_PROGRAMS, ...more].map((name) => {
    const found = findProgram(name, { env, cwd: '/' })
    if (found === null) return [name, null]
    const { size, mtimeMs } = statSync(found)
    return [name, [realpathSync(found), size, mtimeMs]]
  })
  return [...programs, ...toolchainChoices(env)]
}
