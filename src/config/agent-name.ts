import type { Config } from './schema.ts'

/** Which agent a run has, of the one that was named for it and the configuration. */
export function agentNameOf({ agents, run }: Pick<Config, 'agents' | 'run'>, named: string | null): string {
  const asked = named ?? run.agent
  if (asked !== 'auto') return asked
  if (agents.command.argv !== null) return 'command'
  return agents.acp.argv === null ? 'claude' : 'acp'
}
