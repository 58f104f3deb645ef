import type { Output } from './output.ts'

/** What every command is given beside its own arguments. */
export interface CommandContext {
  readonly output: Output
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}
