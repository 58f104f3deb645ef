import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'
import { port, position } from './option-values.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands that only look. */
export function addWatchCommands({ context, ended, add }: CommandTable): void {
  add(new Command('status'))
    .description('what the run does, what it cost, what is left')
    .option('--watch', 'show it again whenever it changes, until the run has ended')
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
  add(new Command('health'))
    .description('whether the run is well: HEALTHY, DEGRADED, UNHEALTHY (exit 1) or UNKNOWN, and why')
    .action(async () => {
      const { healthCommand } = await import('./commands/health.ts')
      ended(await healthCommand(context))
    })
  add(new Command('metrics'))
    .description('numbers of the store as Prometheus reads them')
    .option('--serve', 'answer /metrics and /health over HTTP until interrupted')
    .option('--port <n>', 'with --serve: the port; 0 is any that is free (default 9464)', port('--port'))
    .option('--host <address>', 'with --serve: the address to listen on (default 127.0.0.1)')
    .option(
      '--expose',
      'with --serve: let --host be an address that other machines reach; nobody is asked who they are',
    )
    .action(async (flags: Flags) => {
      const { metricsCommand } = await import('./commands/metrics.ts')
      ended(await metricsCommand(context, flags))
    })
  add(new Command('attach'))
    .description('follow the run that goes on; Ctrl-C leaves it running')
    .action(async () => {
      const { attachCommand } = await import('./commands/attach.ts')
      ended(await attachCommand(context))
    })
}
