import type { Agent } from '../agents/agent.ts'
import type { LoadedConfig } from '../config/load.ts'
import { passedVariables } from '../domain/passed-variables.ts'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { requireProgram } from './require-program.ts'

interface Surroundings {
  readonly loaded: Pick<LoadedConfig, 'config'>
  readonly environment: Readonly<Record<string, string>>
  readonly clock: Clock
}

/** An agent that speaks the Agent Client Protocol, or what is missing to have it. */
export async function chooseAcp({ loaded, environment, clock }: Surroundings): Promise<Agent> {
  const { argv, lowModel, mediumModel, highModel, passEnv } = loaded.config.agents.acp
  const [program, ...rest] = argv ?? []
  if (program === undefined) {
    throw new OrchestratorError('config_invalid', 'no agent for the Agent Client Protocol is configured', {
      hint: 'In .tdd/config.toml: [agents.acp] argv = ["opencode", "acp"]. docs/other-agents.md has the agents that were tried.',
    })
  }
  requireProgram(
    program,
    environment,
    'agents.acp.argv begins with the program that speaks the protocol: a whole path, or a name on your PATH.',
  )
  // Only here: nobody else needs the protocol.
  const { acpAgent } = await import('../agents/acp.ts')
  return acpAgent({
    argv: [program, ...rest],
    models: { low: lowModel, medium: mediumModel, high: highModel },
    passed: passedVariables(environment, passEnv ?? []),
    clock,
  })
}
