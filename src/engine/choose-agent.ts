import type { Agent } from '../agents/agent.ts'
import { commandAgent } from '../agents/command.ts'
import { scriptedAgent } from '../agents/scripted.ts'
import { agentNameOf } from '../config/agent-name.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { AgentChoice } from '../domain/agent-choice.ts'
import { passedVariables } from '../domain/passed-variables.ts'
import { priceList } from '../domain/model-prices.ts'
import { OrchestratorError } from '../errors.ts'
import { readInput } from '../runtime/read-input.ts'
import { parseSession } from '../protocol/session-file.ts'
import { chooseAcp } from './choose-acp.ts'
import { chooseClaude } from './choose-claude.ts'
import type { World } from './context.ts'
import { requireProgram } from './require-program.ts'

interface Surroundings {
  readonly loaded: LoadedConfig
  readonly world: Pick<World, 'clock' | 'environment'>
}

/** Makes the agent that a person chose, or says what is missing to have it. */
export async function chooseAgent(engine: Surroundings, choice: AgentChoice): Promise<Agent> {
  const name = agentNameOf(engine.loaded.config, choice.name)
  if (name === 'scripted') return scripted(engine, choice)
  if (name === 'command') return command(engine)
  if (name === 'acp') return chooseAcp({ loaded: engine.loaded, ...engine.world })
  if (name === 'claude') return chooseClaude({ loaded: engine.loaded, ...engine.world })
  throw new OrchestratorError('agent_unknown', `there is no agent driver ${JSON.stringify(name)}`, {
    hint: 'Drivers: claude (Claude Code), acp (any agent that speaks the Agent Client Protocol), command (any coding tool with a command line), scripted (plays a session file).',
  })
}

async function scripted(engine: Surroundings, choice: AgentChoice): Promise<Agent> {
  if (choice.sessionFile === null) {
    throw new OrchestratorError('usage', 'the scripted agent plays a session file, and none was named', {
      hint: 'Add --session FILE.',
    })
  }
  const session = parseSession(await readInput(choice.sessionFile, SESSION), choice.sessionFile)
  const { clock } = engine.world
  return scriptedAgent({
    session,
    node: process.execPath,
    withoutSleep: choice.withoutSleep,
    now: () => clock.now(),
  })
}

const SESSION = {
  code: 'session_invalid',
  hint: 'Name a session file that is there: --session FILE.',
} as const

function command(engine: Surroundings): Agent {
  const { argv, promptVia, output, passEnv } = engine.loaded.config.agents.command
  const [program, ...rest] = argv ?? []
  if (program === undefined) {
    throw new OrchestratorError('config_invalid', 'no coding agent is configured', {
      hint: 'In .tdd/config.toml: [agents.command] argv = ["your-agent", "--prompt-file", "{prompt_file}"]. Or try `orchestrator demo`.',
    })
  }
  requireProgram(
    program,
    engine.world.environment,
    'agents.command.argv begins with the coding agent: a whole path, or a name on your PATH.',
  )
  const passed = passedVariables(engine.world.environment, passEnv ?? [])
  const { clock } = engine.world
  return commandAgent({
    name: 'command',
    argv: [program, ...rest],
    promptVia,
    output,
    passed,
    now: () => clock.now(),
    prices: priceList(engine.loaded.config.models.prices ?? {}),
  })
}
