import { knownSecretsAt } from '../engine/known-secrets.ts'
import type { Watch } from '../observe/open-watch.ts'
import type { CommandContext } from './command-context.ts'

/** What is told and kept nowhere, for a command that does not open the engine. */
export function secretsOf(
  { repository }: Pick<Watch, 'repository'>,
  { cwd, env }: Pick<CommandContext, 'cwd' | 'env'>,
): readonly string[] {
  return knownSecretsAt({ root: repository.root, cwd, env }).values
}
