import type { AgentStage } from '../../domain/stage.ts'
import { openBench } from '../../engine/open.ts'
import { previewPrompt } from '../../engine/preview-prompt.ts'
import { openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'

/** `orchestrator task prompt KEY [--stage STAGE]`: exactly what an agent would be sent now. Looks only. */
export async function taskPromptCommand(
  context: CommandContext,
  key: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const task = requireTask(found, key)
  const { reader, run } = found
  await using bench = await openBench({ directory: context.cwd, env: context.env, flags: {} })
  const { stage, base, prompt } = await previewPrompt(bench.workshop, {
    run,
    task,
    history: reader.history(run.id, key),
    stage: (flags['stage'] as AgentStage | undefined) ?? null,
  })
  const document = { run: run.id, task: key, stage, base, characters: prompt.length, prompt }
  context.output.result('task-prompt', document, [prompt.trimEnd()])
  return 0
}
