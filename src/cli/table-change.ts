import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands that change what goes on. */
export function addChangeCommands({ context, ended, add }: CommandTable): void {
  add(new Command('stop'))
    .description('end the run that goes on, to be resumed later')
    .option('--now', 'do not wait for the stages under way')
    .action(async (flags: Flags) => {
      const { stopCommand } = await import('./commands/stop.ts')
      ended(await stopCommand(context, flags))
    })
}
