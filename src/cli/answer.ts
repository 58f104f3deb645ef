import { processEnvironment } from '../config/environment.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext } from './command-context.ts'
import { openOutput, tellError } from './output.ts'
import { watchOutput } from './watch-output.ts'

/** Runs one command with what every command is given; tells what it throws. Answers the exit code. */
export async function answer(
  args: readonly string[],
  command: (context: CommandContext) => Promise<number>,
): Promise<number> {
  const env = processEnvironment()
  const output = openOutput({ json: args.includes('--json'), lines: tellsManyDocuments(args), env })
  watchOutput()
  try {
    return await command({ output, cwd: workingDirectory(), env })
  } catch (thrown) {
    return tellError(thrown, output)
  }
}

/** One after the other, as they come. */
function tellsManyDocuments(args: readonly string[]): boolean {
  const command = args.find((word) => !word.startsWith('-'))
  return command === 'events' || args.includes('--follow') || args.includes('--watch')
}

/** Node finds none where the directory was removed under us. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new OrchestratorError('repository_missing', 'the working directory was removed', {
      hint: 'Go to a directory that is there: cd, then the path of your repository.',
      cause,
    })
  }
}
