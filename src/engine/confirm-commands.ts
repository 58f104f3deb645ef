import type { Plan } from '../domain/plan.ts'
import type { Command, Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import { planCommands } from '../protocol/plan-commands.ts'

/** A person's answer to the commands that plans bring; called only when they bring any. */
export type Confirm = (commands: readonly Command[]) => Promise<boolean>

/** Asks a person about every command that is not of the configuration as it is now. Throws `commands_unconfirmed`. */
export async function confirmCommands(
  plans: readonly Plan[],
  asking: { readonly suites: readonly Suite[]; readonly name: string; readonly confirm: Confirm },
): Promise<void> {
  const brought = plans.flatMap((plan) => planCommands(plan, asking.suites))
  if (brought.length === 0 || (await asking.confirm(brought))) return
  throw new OrchestratorError(
    'commands_unconfirmed',
    `${asking.name} brings commands that nobody confirmed:\n${brought.map((command) => `  ${JSON.stringify(command)}`).join('\n')}`,
    { hint: 'Read them, then add --trust-commands; or put them into .tdd/config.toml.' },
  )
}
