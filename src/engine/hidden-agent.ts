import { isAbsolute } from 'node:path'
import type { LoadedConfig } from '../config/load.ts'
import { OrchestratorError } from '../errors.ts'
import { HIDDEN_ADVICE } from '../runtime/bubblewrap.ts'
import { findProgram } from '../runtime/find-program.ts'
import type { Workshop } from './context.ts'
import { lookAt } from './look-at-program.ts'

interface Surroundings {
  readonly world: Workshop
  readonly loaded: LoadedConfig
}

/** Known before anything is claimed: each task would pay for a call that cannot begin, and wait for a person. */
export async function requireVisibleAgent({ world, loaded }: Surroundings, driver: string): Promise<void> {
  if (driver !== 'command' && driver !== 'acp') return
  const [program] = loaded.config.agents[driver].argv ?? []
  if (program !== undefined) await requireVisible(world, program)
}

export async function requireVisible(world: Workshop, program: string): Promise<void> {
  const found = findProgram(program, { env: world.environment, cwd: world.git.repository.workTree })
  if (found === null || !(await isHidden(world, program))) return
  throw new OrchestratorError('toolchain_missing', `the sandbox hides the agent's program ${found}`, {
    hint: HIDDEN_ADVICE,
  })
}

/** Whether an agent is refused its program that is there: a shell in the place of the agent looks for it. */
async function isHidden(workshop: Workshop, program: string): Promise<boolean> {
  // A place in the tree is one in each agent's own.
  if (!workshop.contained || (program.includes('/') && !isAbsolute(program))) return false
  const { end } = await lookAt(workshop, ['/bin/sh', '-c', 'command -v "$1"', 'sh', program])
  return end.kind === 'exited' && end.code !== 0
}
