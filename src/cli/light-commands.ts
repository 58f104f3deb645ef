import { answer } from './answer.ts'
import { healthCommand } from './commands/health.ts'
import { statusCommand } from './commands/status.ts'
import type { CommandContext } from './command-context.ts'

/**
 * What people and their scripts ask again and again, as it is mostly typed: by its name, with or without --json. It needs no
 * parser of options, and the build keeps all that it needs in one file (ADR-0017).
 */
export function runLightCommand(name: LightName, args: readonly string[]): Promise<number> {
  return answer(args, COMMANDS[name])
}

type LightName = 'status' | 'health'

const COMMANDS: Readonly<Record<LightName, (context: CommandContext) => Promise<number>>> = {
  status: (context) => statusCommand(context, {}),
  health: healthCommand,
}
