import { z } from 'zod'
import { argument } from './argument.ts'
import { option, optional } from './option.ts'

/** The options of any coding tool with a command line. `passEnv` has the shape that every agent's has. */
export function commandOptions(variableNames: z.ZodType<string[]>) {
  return {
    argv: optional(z.array(argument).min(1).max(1000), {
      doc: 'The command that works on a stage, as an argument array. `{prompt_file}` stands for the path of the prompt, `{prompt}` for its text.',
    }),
    promptVia: option(z.enum(['stdin', 'file']), 'stdin', { doc: 'How the prompt reaches the command.' }),
    output: option(z.enum(['text', 'codex-json', 'opencode-json', 'claude-json']), 'text', {
      doc: 'What the command prints: `text`, or the lines of `codex exec --json`, `opencode run --format json`, `claude -p --output-format stream-json --verbose`. Of these, tokens, cost and limits of the provider are read.',
    }),
    passEnv: optional(variableNames, {
      unset: 'none',
      doc: 'Names of environment variables that the command receives, such as the key of its provider. Their values are kept out of transcripts.',
    }),
  }
}
