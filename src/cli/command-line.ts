import { Command, CommanderError } from 'commander'
import { ERROR_CATALOGUE } from '../errors.ts'
import { ownVersion } from '../runtime/own-version.ts'
import { answer } from './answer.ts'
import type { CommandContext, CommandTable } from './command-context.ts'
import type { Output } from './output.ts'
import { addAssistCommands } from './table-assist.ts'
import { addChangeCommands } from './table-change.ts'
import { addPlaceCommands } from './table-place.ts'
import { addProofCommands } from './table-proof.ts'
import { addTaskCommands } from './table-task.ts'
import { addWatchCommands } from './table-watch.ts'
import { addWorkCommands } from './table-work.ts'

/** Runs one command line and answers its exit code. Each command's code is loaded only when it is called. */
export function runCommandLine(args: readonly string[]): Promise<number> {
  return answer(args, async (context) => {
    const ending = { code: 0 }
    const program = buildProgram(context, (code) => {
      ending.code = code
    })
    try {
      await program.parseAsync(args, { from: 'user' })
      return ending.code
    } catch (thrown) {
      if (thrown instanceof CommanderError) return commanderExit(thrown, { output: context.output, args })
      throw thrown
    }
  })
}

const HELP_HINT = 'add --help for commands, arguments and options'

/** People were told already, on stderr. */
function commanderExit(
  thrown: CommanderError,
  { output, args }: { readonly output: Output; readonly args: readonly string[] },
): number {
  if (thrown.exitCode === 0) return 0
  const message =
    thrown.code === 'commander.help' ? withoutCommand(args) : thrown.message.replace(/^error: /, '')
  const error = { code: 'usage' as const, message, hint: HELP_HINT }
  if (output.json) output.result('error', { error }, [])
  return ERROR_CATALOGUE.usage.exit
}

/** Help that nobody asked for comes where no command was given, or where it was asked for one that does not exist. */
function withoutCommand(args: readonly string[]): string {
  const words = args.filter((word) => !word.startsWith('-'))
  const asked = words.includes('help') ? words[words.indexOf('help') + 1] : undefined
  return asked === undefined ? 'no command was given' : `there is no command ${JSON.stringify(asked)}`
}

/** Every command with its arguments and options; what they do is loaded when they are called. */
export function buildProgram(context: CommandContext, ended: (code: number) => void): Command {
  const program = new Command('orchestrator')
    .description('Runs coding agents in parallel, test-first, and lands only changes that carry proof.')
    .exitOverride()
    .showHelpAfterError(`(${HELP_HINT})`)
    .configureHelp({ showGlobalOptions: true })
    .option('--json', 'print one JSON document and nothing else on stdout')
    .version(ownVersion(), '--version', 'print the version')
  const add = (command: Command): Command => {
    program.addCommand(command)
    return withJson(command)
  }
  const table: CommandTable = { context, ended, add, withJson }
  addWorkCommands(table)
  addProofCommands(table)
  addWatchCommands(table)
  addTaskCommands(table)
  addChangeCommands(table)
  addPlaceCommands(table)
  addAssistCommands(table)
  return program
}

/** Every command knows --json and leaves the end of the process to us. */
function withJson(command: Command): Command {
  return command
    .exitOverride()
    .showHelpAfterError(`(${HELP_HINT})`)
    .option('--json', 'print one JSON document on stdout')
}
