import { commandEnvironment } from '../runtime/command-environment.ts'
import { digestOf } from '../verify/canonical-json.ts'
import type { Workshop } from './context.ts'
import { programStates } from './deciding-programs.ts'

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
    programs: programStates(world.environment),
    files: world.included.digest,
    suites: world.places.env,
    setup: { tree: world.setupTrust.tree, secrets: world.setupTrust.secrets },
  })
}
