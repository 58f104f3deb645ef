import { openWatch, requireAttempts, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { indented, usedText } from '../text-lines.ts'

/** `orchestrator task log KEY [--attempt N]`: what the agents said, oldest attempt first. */
export async function taskLogCommand(
  context: CommandContext,
  key: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  requireTask(found, key)
  const wanted = typeof flags['attempt'] === 'number' ? flags['attempt'] : null
  const attempts = requireAttempts(found, key, wanted)
  const logs = attempts.map(({ id, number, generation, stage, agent, outcome, resources }) => ({
    attempt: number,
    generation,
    stage,
    agent,
    outcome: outcome.kind,
    transcript: found.reader.transcript(id) ?? '',
    resources,
  }))
  const lines = logs.flatMap(({ attempt, stage, outcome, agent, transcript, resources }) => [
    `${attempt}  ${stage.toUpperCase()}  ${outcome}${agent === null ? '' : `  by ${agent}`}`,
    ...(resources === null ? [] : indented(usedText(resources), 4)),
    ...(transcript === '' ? [] : indented(transcript, 4)),
    '',
  ])
  context.output.result(
    'task-log',
    { run: found.run.id, task: key, attempts: logs },
    lines.length === 0 ? [`${key} has no attempts yet.`] : [...lines, `Next: orchestrator task show ${key}`],
  )
  return 0
}
