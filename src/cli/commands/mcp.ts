import { OrchestratorError } from '../../errors.ts'
import { placeOf } from '../../observe/open-watch.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { givePermit } from '../mcp/permit.ts'

const HOUR_MS = 3_600_000

interface McpFlags {
  readonly repo?: readonly string[]
  readonly token?: boolean
  readonly for?: number
}

/** `orchestrator mcp [--repo DIR…]`, or `--token [--for 1h]` in a terminal. */
export async function mcpCommand(context: CommandContext, flags: McpFlags): Promise<number> {
  const repositories = flags.repo ?? ['.']
  if (flags.token === true) return giveToken(context, flags)
  if (flags.for !== undefined) {
    throw new OrchestratorError('usage', '--for says nothing without --token', {
      hint: 'Add it: orchestrator mcp --token --for 2h',
    })
  }
  if (process.stdin.isTTY)
    context.output.progress(
      'This speaks the Model Context Protocol with an assistant that starts it; docs/mcp.md says how. Ctrl-D ends it.',
    )
  const { serveAssistant } = await import('../mcp/serve.ts')
  const code = await serveAssistant(context, repositories)
  // Nobody waits for what is still under way.
  process.exit(code)
}

/** Only where a person sits: what an assistant starts has no terminal. */
async function giveToken(context: CommandContext, flags: McpFlags): Promise<number> {
  if (!process.stdin.isTTY || flags.repo !== undefined) {
    throw new OrchestratorError('usage', 'a token is given to a person in a terminal, in one repository', {
      hint: 'Enter it in a terminal of yours, in the repository: orchestrator mcp --token',
    })
  }
  const { directory } = await placeOf(context)
  const { token, until } = await givePermit(directory, systemClock, flags.for ?? HOUR_MS)
  context.output.result('mcp-token', { token, until }, [
    token,
    `Whoever has it may retry tasks, begin and stop runs of this repository until ${new Date(until).toISOString()}.`,
    'A new one makes it void. Tell it to your assistant when it asks for it.',
  ])
  return 0
}
