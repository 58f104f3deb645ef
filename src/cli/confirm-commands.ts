import { createInterface } from 'node:readline/promises'
import type { Confirm } from '../engine/confirm-commands.ts'
import type { CommandContext } from './command-context.ts'

/** Shows every command and asks; where nobody can answer, only --trust-commands or the configuration confirms. */
export function confirmCommands({ output }: CommandContext, trusted: boolean): Confirm {
  return async (commands) => {
    output.progress("The plan brings these commands, which will run in your repository's trees:")
    for (const command of commands)
      output.progress(`  ${command.map((part) => JSON.stringify(part)).join(' ')}`)
    if (trusted) return true
    if (!output.live || !process.stdin.isTTY) return false
    const asking = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return /^y(es)?$/i.test((await asking.question('Run them? [y/N] ')).trim())
    } finally {
      asking.close()
    }
  }
}
