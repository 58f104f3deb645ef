import { resolve } from 'node:path'
import { loadConfig } from '../../config/load.ts'
import { type IngestOptions, ingest } from '../../engine/ingest.ts'
import { ingestBeside } from '../../engine/ingest-beside.ts'
import { type OpenOptions, openEngine } from '../../engine/open.ts'
import { OrchestratorError } from '../../errors.ts'
import { openWatch } from '../../observe/open-watch.ts'
import type { IngestReport } from '../../protocol/output/ingest-report.ts'
import { readInput } from '../../runtime/read-input.ts'
import { findRepository } from '../../runtime/repository-id.ts'
import type { CommandContext } from '../command-context.ts'
import { confirmCommands } from '../confirm-commands.ts'
import { counted } from '../text-lines.ts'

/** `orchestrator ingest PLAN`. */
export async function ingestCommand(
  context: CommandContext,
  file: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  const text = await readInput(resolve(cwd, file), {
    code: 'plan_unreadable',
    hint: 'Name a plan file, JSON or YAML.',
  })
  const open = { directory: cwd, env, flags: {} }
  const { workTree = null, root: mainRoot = null } = findRepository(cwd) ?? {}
  const { config, warnings } = loadConfig({ root: workTree, mainRoot, cwd, env })
  for (const warning of warnings) output.progress(warning)
  const options: IngestOptions = {
    text,
    fileName: file,
    agent: config.run.agent,
    asNewRun: flags['new'] === true,
    confirm: confirmCommands(context, flags['trustCommands'] === true || config.trust.commands),
  }
  const result = await ingestAnywhere(context, open, options)
  const what = result.added ? `added to run ${result.run}` : `run ${result.run} is ready`
  output.result('ingest-report', result, [
    `${counted(result.tasks, 'task')} of ${JSON.stringify(result.title)}: ${what}.`,
    ...result.replaced.map((run) => `It takes the place of run ${run}, which was never started.`),
    result.added ? 'Next: orchestrator status' : 'Next: orchestrator run',
  ])
  return 0
}

/** By ourselves, or where a run goes on, by the process that works it. */
async function ingestAnywhere(
  context: CommandContext,
  open: OpenOptions,
  options: IngestOptions,
): Promise<IngestReport> {
  try {
    await using engine = await openEngine(open)
    return await ingest(engine, options)
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError && thrown.code === 'store_owned')) throw thrown
    using watched = await openWatch(context)
    return await ingestBeside(open, { db: watched.place.db, options })
  }
}
