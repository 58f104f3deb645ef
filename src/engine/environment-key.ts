import { realpathSync, statSync } from 'node:fs'
import { commandEnvironment } from '../runtime/command-environment.ts'
import { findProgram } from '../runtime/find-program.ts'
import { digestOf } from '../verify/canonical-json.ts'
import type { Workshop } from './context.ts'

/** Programs that decide what tests do, whatever runner starts them. */
const DECIDING_PROGRAMS = ['node', 'npm', 'python3', 'python', 'go', 'cargo'] as const

/**
 * What a measurement depends on beside tree, command and suite: containment, platform, the environment of commands, the
 * programs on their PATH, and whose setup is trusted with what. Cheap: programs are looked at and never started.
 */
export function environmentKey(
  world: Pick<Workshop, 'contained' | 'environment' | 'setupTrust' | 'places' | 'included'>,
): string {
  return digestOf({
    contained: world.contained,
    platform: process.platform,
    arch: process.arch,
    variables: commandEnvironment({ base: world.environment, home: '', temp: '', tdd: {}, extra: {} }),
    programs: DECIDING_PROGRAMS.map((name) => [name, programState(name, world.environment)]),
    files: world.included.digest,
    suites: world.places.env,
    setup: { tree: world.setupTrust.tree, secrets: world.setupTrust.secrets },
  })
}

/** Path, size and time of the file that a name resolves to; a program that is put in its place has another. */
function programState(name: string, env: Readonly<Record<string, string>>): unknown {
  const found = findProgram(name, { env, cwd: '/' })
  if (found === null) return null
  const { size, mtimeMs } = statSync(found)
  return [realpathSync(found), size, mtimeMs]
}
