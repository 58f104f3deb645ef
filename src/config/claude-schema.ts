import { z } from 'zod'
import { strict } from '../protocol/shapes.ts'
import { option, optional } from './option.ts'

const text = z.string().min(1).max(4096)
const model = text.max(200)

const stage = strict({
  maxTurns: z.int().min(1).max(10_000).optional().describe('Turns of one attempt.'),
  wallMs: z.int().min(1_000).max(86_400_000).optional().describe('Milliseconds of one attempt.'),
  tools: z
    .array(z.enum(['Read', 'Write', 'Edit', 'Bash', 'Glob', 'Grep']))
    .min(1)
    .max(6)
    .optional()
    .describe('Tools of the client that it has. Default: all of these.'),
}).optional()
const stages = strict({ red: stage, red_fix: stage, green: stage, fix: stage, refactor: stage })

/** The options of Claude Code as an agent. `passEnv` has the shape that every agent's has. */
export function claudeOptions({
  passEnv,
  file,
}: {
  readonly passEnv: z.ZodType<string[]>
  readonly file: z.ZodType<string>
}) {
  return {
    sdk: optional(file, {
      env: 'TDD_CLAUDE_SDK',
      isPath: true,
      unset: 'found beside this program',
      doc: 'Directory of the package `@anthropic-ai/claude-agent-sdk`. Its code runs in this program: the file of a repository may not name it.',
    }),
    program: optional(text, {
      env: 'TDD_CLAUDE_PROGRAM',
      unset: '`claude` on the PATH, else the client that comes with the SDK',
      doc: 'The Claude Code client that is started.',
    }),
    lowModel: option(model, 'haiku', {
      doc: 'Model of the tier `low`: a name that the client knows, or an id such as `claude-haiku-4-5`.',
    }),
    mediumModel: option(model, 'sonnet', { doc: 'Model of the tier `medium`.' }),
    highModel: option(model, 'opus', { doc: 'Model of the tier `high`, which RED always has.' }),
    maxTurns: option(z.int().min(1).max(10_000), 200, {
      doc: 'Turns of one attempt; then it has given up.',
    }),
    stages: optional(stages, {
      unset: 'the same for all stages',
      doc: 'What holds for one stage instead: `[agents.claude.stages.red]` with `maxTurns`, `wallMs` (never more than `limits.stageMs`), `tools` (some of Read, Write, Edit, Bash, Glob, Grep). Stages: red, red_fix, green, fix, refactor.',
    }),
    waitMs: option(z.int().min(0).max(86_400_000), 900_000, {
      unit: 'ms',
      doc: 'How long one attempt waits in all for a provider that does not serve, and keeps what it did. After that its worker is given back, and the attempt begins anew once the provider serves again.',
    }),
    passEnv: optional(passEnv, {
      unset: 'none',
      doc: 'Names of further environment variables that the client receives. Those of its keys, addresses, proxies and clouds it receives anyway.',
    }),
  }
}
