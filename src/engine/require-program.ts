import { OrchestratorError } from '../errors.ts'
import { findProgram } from '../runtime/find-program.ts'

/** Known before anything is claimed: an agent whose program is nowhere would be called, and counted, once for each task. */
export function requireProgram(
  program: string,
  environment: Readonly<Record<string, string>>,
  hint: string,
): void {
  // A place in the tree is one in each agent's own.
  const isElsewhere = !program.includes('/') || program.startsWith('/')
  if (!isElsewhere || findProgram(program, { env: environment, cwd: '/' }) !== null) return
  throw new OrchestratorError('agent_missing', `there is no program ${program}`, { hint })
}
