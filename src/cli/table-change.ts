import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands that change what goes on. */
export function addChangeCommands({ context, ended, add, withJson }: CommandTable): void {
  add(new Command('stop'))
    .description('end the run that goes on, to be resumed later')
    .option('--now', 'do not wait for the stages under way')
    .action(async (flags: Flags) => {
      const { stopCommand } = await import('./commands/stop.ts')
      ended(await stopCommand(context, flags))
    })
  const quarantine = add(new Command('quarantine')).description(
    'tests that disagreed with themselves at a landing and count for nothing: list, clear',
  )
  const sub = (command: Command): Command => {
    quarantine.addCommand(command)
    return withJson(command)
  }
  sub(new Command('list'))
    .description('every quarantined test by name')
    .action(async () => {
      const { quarantineListCommand } = await import('./commands/quarantine.ts')
      ended(await quarantineListCommand(context))
    })
  sub(new Command('clear'))
    .description('let quarantined tests count again, in this run too')
    .argument('[file]', 'file of the tests')
    .argument('[name]', 'full name of one test; when left out every one of the file')
    .option('--all', 'every quarantined test')
    .action(async (file: string | undefined, name: string | undefined, flags: Flags) => {
      const { quarantineClearCommand } = await import('./commands/quarantine.ts')
      ended(await quarantineClearCommand(context, { file, name, all: flags['all'] === true }))
    })
}
