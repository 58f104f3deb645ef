import type { LoadedConfig } from '../config/load.ts'
import { isOlder } from '../domain/version.ts'
import { OrchestratorError } from '../errors.ts'
import { claudeProgram } from './choose-claude.ts'
import type { Workshop } from './context.ts'
import { requireVisible } from './hidden-agent.ts'
import { lookAt } from './look-at-program.ts'

interface Surroundings {
  readonly world: Workshop
  readonly loaded: LoadedConfig
}

/** The oldest client that the SDK could start when it was tried; the one before it ends at once. */
const OLDEST_CLIENT = '2.0.72'

/** Known before anything is claimed: a client of one's own is seen by the sandbox, and new enough for the SDK. */
export async function requireClaude({ world, loaded }: Surroundings): Promise<void> {
  const program = claudeProgram({ loaded, environment: world.environment })
  // The SDK starts the one that it brought.
  if (program === null) return
  await requireVisible(world, program)
  const { stdout } = await lookAt(world, [program, '--version'])
  const version = stdout.toString('utf8').trim()
  if (!isOlder(version, OLDEST_CLIENT)) return
  throw new OrchestratorError(
    'agent_too_old',
    `the Claude Code client ${program} is too old: ${version.slice(0, 100)}`,
    {
      hint: `Update it (claude update) to ${OLDEST_CLIENT} or newer, or take it off your PATH: then the one that the SDK brought works.`,
    },
  )
}
