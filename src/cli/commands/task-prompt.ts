import { type KeptPrompt, keptPrompt } from '../../domain/prompt-part.ts'
import { type AgentStage, isAgentStage } from '../../domain/stage.ts'
import { OrchestratorError } from '../../errors.ts'
import { openTemporaryBench } from '../../engine/open-temporary-bench.ts'
import { previewPrompt } from '../../engine/preview-prompt.ts'
import { isLive, openWatch, requireAttempts, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'

/**
 * `orchestrator task prompt KEY [--stage STAGE] [--attempt N]`: exactly what an agent would be sent now, or what it was
 * sent then. Looks only.
 */
export async function taskPromptCommand(
  context: CommandContext,
  key: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const task = requireTask(found, key)
  const { reader, run } = found
  if (typeof flags['attempt'] === 'number') {
    if (flags['stage'] !== undefined)
      throw new OrchestratorError('usage', 'an attempt has one stage, and --stage names another', {
        hint: 'Leave --stage out, or --attempt.',
      })
    return sentPrompt(context, { found, key, attempt: flags['attempt'] })
  }
  await using bench = await openTemporaryBench({ directory: context.cwd, env: context.env, flags: {} })
  const { stage, base, prompt } = await previewPrompt(bench.workshop, {
    config: bench.loaded.config,
    run,
    templates: isLive(reader) ? reader.templates(run.id) : null,
    task,
    history: reader.history(run.id, key),
    tasks: reader.tasks(run.id).map(({ definition, state: { state } }) => ({ definition, state })),
    planTexts: reader.planTexts(run.id),
    stage: (flags['stage'] as AgentStage | undefined) ?? null,
  })
  const about = { run: run.id, task: key, stage, attempt: null, base }
  return tell(context, about, keptPrompt(prompt))
}

/** Of the latest generation that has such an attempt. */
function sentPrompt(
  context: CommandContext,
  asked: { readonly found: ReturnType<typeof requireRun>; readonly key: string; readonly attempt: number },
): number {
  const { found, key, attempt } = asked
  const record = requireAttempts(found, key, attempt).at(-1)
  const prompt = record === undefined ? null : found.reader.prompt(record.id)
  if (record === undefined || prompt === null || !isAgentStage(record.stage))
    throw new OrchestratorError('usage', `attempt ${attempt} of ${key} was sent no prompt that is kept`, {
      hint: `No agent works in VERIFY and RE_VERIFY. What an agent would be sent now: orchestrator task prompt ${key}`,
    })
  return tell(context, { run: found.run.id, task: key, stage: record.stage, attempt, base: null }, prompt)
}

interface About {
  readonly run: string
  readonly task: string
  readonly stage: AgentStage
  readonly attempt: number | null
  readonly base: string | null
}

function tell(context: CommandContext, about: About, { text, tokens, limit, parts }: KeptPrompt): number {
  const document = { ...about, characters: text.length, tokens, limit, parts, prompt: text }
  context.output.result('task-prompt', document, [text.trimEnd()])
  return 0
}
