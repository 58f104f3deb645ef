import type { LoadedConfig } from '../config/load.ts'
import { passedVariables } from '../domain/passed-variables.ts'
import type { Workshop } from './context.ts'

/** Variables that are to be passed on and are not set, a line each: whoever needs them fails, and may be paid for that. */
export function unsetVariables(
  {
    loaded,
    world,
  }: { readonly loaded: LoadedConfig; readonly world: Pick<Workshop, 'environment' | 'setupTrust'> },
  agent: string,
): string[] {
  const { environment, setupTrust } = world
  const { acp, claude, command } = loaded.config.agents
  const passEnv = new Map(Object.entries({ acp, claude, command })).get(agent)?.passEnv ?? []
  const unset = (names: readonly string[]): string[] => {
    const set = passedVariables(environment, names)
    return names.filter((name) => !(name in set))
  }
  return [
    ...unset(passEnv).map((name) => `${name} is not set: agents.${agent}.passEnv names it for the agent`),
    ...Object.entries(setupTrust.secrets).flatMap(([suite, names]) =>
      unset(names).map((name) => `${name} is not set: setupSecrets of suite ${suite} names it for setup`),
    ),
  ]
}
