import type { Command } from 'commander'
import type { Output } from './output.ts'

/** What every command is given beside its own arguments. */
export interface CommandContext {
  readonly output: Output
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where a group of commands puts itself. */
export interface CommandTable {
  readonly context: CommandContext
  /** Told the exit code of the command that ran. */
  readonly ended: (code: number) => void
  /** Adds a command at the top. */
  readonly add: (command: Command) => Command
  /** Gives a command of a group the options that every command has. */
  readonly withJson: (command: Command) => Command
}
