import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'
import { position } from './option-values.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands that only look. */
export function addWatchCommands({ context, ended, add }: CommandTable): void {
  add(new Command('status'))
    .description('what the run does, what it cost, what is left')
    .option('--watch', 'show it again whenever it changes')
    .action(async (flags: Flags) => {
      const { statusCommand } = await import('./commands/status.ts')
      ended(await statusCommand(context, flags))
    })
  add(new Command('events'))
    .description('what happened, oldest first')
    .option('--follow', 'go on with what happens next')
    .option('--after <seq>', 'begin after this event', position('--after'))
    .action(async (flags: Flags) => {
      const { eventsCommand } = await import('./commands/events.ts')
      ended(await eventsCommand(context, flags))
    })
  add(new Command('report'))
    .description('write a run as one page for a browser: graph, timeline, refusals, diffs, circuits, spend')
    .argument('[run]', 'id of the run; left out, the current one')
    .option('--out <file>', 'where to write it; left out, among the state of the repository')
    .action(async (run: string | undefined, flags: Flags) => {
      const { reportCommand } = await import('./commands/report.ts')
      ended(await reportCommand(context, run, flags))
    })
  add(new Command('attach'))
    .description('follow the run that goes on; Ctrl-C leaves it running')
    .action(async () => {
      const { attachCommand } = await import('./commands/attach.ts')
      ended(await attachCommand(context))
    })
}
