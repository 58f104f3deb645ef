import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'
import { duration, gathered } from './option-values.ts'

/** Commands for a person's own assistant. */
export function addAssistCommands({ context, ended, add }: CommandTable): void {
  add(new Command('mcp'))
    .description('tools for your own coding assistant: the Model Context Protocol on stdin and stdout')
    .option(
      '--repo <dir>',
      'a repository that it serves; may be given again (default: that of the working directory)',
      gathered,
    )
    .option('--token', 'show a token by which an assistant may change runs; only in a terminal')
    .option('--for <duration>', 'with --token: how long it holds (default 1h)', duration('--for'))
    .action(async (flags: Record<string, unknown>) => {
      const { mcpCommand } = await import('./commands/mcp.ts')
      ended(await mcpCommand(context, flags))
    })
}
