import { z } from 'zod'
import { AGENT_STAGES } from '../../domain/stage.ts'
import { openWatch, requireRun } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { statusCommand } from '../commands/status.ts'
import { taskLogCommand } from '../commands/task-log.ts'
import { taskShowCommand } from '../commands/task-show.ts'
import { interruptible } from '../interruptible.ts'
import { type AssistCall, type AssistTool, assistTool } from './assist-tool.ts'
import { readPlanFile } from './plan-text.ts'
import { recordedOutput } from './recorded-output.ts'

const MOST_EVENTS = 500
const key = z.string().min(1).max(200).describe('Key of the task.')
const range = z.string().min(1).max(500)
const number = z.int().min(0).max(1e15)

const status = assistTool({
  name: 'status',
  description: 'What the current run does, what it cost, what is left, and what would resume it.',
  shape: {},
  call: (call) => documentOf(call, (context) => statusCommand(context, {})),
})

const plan = assistTool({
  name: 'plan',
  description:
    'The tasks of the current run as planned, with their criteria, dependencies, paths and states; or, with a file, whether that plan file would be taken, with every problem and its line. Changes nothing.',
  shape: {
    file: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .describe('A plan file within the repository, JSON or YAML.'),
  },
  call: (call, { file }) => (file === undefined ? currentPlan(call) : checkedPlan(call, file)),
})

const task = assistTool({
  name: 'task',
  description:
    'One task. show: what was asked, tried and refused. log: what its agents said. diff: its work. prompt: exactly what an agent would be sent now.',
  shape: {
    key,
    view: z.enum(['show', 'log', 'diff', 'prompt']).default('show'),
    attempt: number.optional().describe('Of log and diff: only this attempt.'),
    stage: z.enum(AGENT_STAGES).optional().describe('Of prompt: of this stage, else of the next one.'),
  },
  call: (call, { key: of, view, attempt, stage }) =>
    documentOf(call, (context) => VIEWS[view](context, of, { attempt, stage })),
})

/** The engine is loaded where something is measured or read from git, and not before. */
const VIEWS: Readonly<Record<'show' | 'log' | 'diff' | 'prompt', View>> = {
  show: taskShowCommand,
  log: taskLogCommand,
  diff: async (...asked) => (await import('../commands/task-diff.ts')).taskDiffCommand(...asked),
  prompt: async (...asked) => (await import('../commands/task-prompt.ts')).taskPromptCommand(...asked),
}

type View = (
  context: CommandContext,
  key: string,
  flags: Readonly<Record<string, unknown>>,
) => Promise<number>

const events = assistTool({
  name: 'events',
  description:
    'What happened, oldest first. `next` goes into `after` of the next call; a cursor never skips an event.',
  shape: {
    after: number.default(0).describe('Begin after the event of this number; 0 is the beginning.'),
    limit: z.int().min(1).max(MOST_EVENTS).default(100),
  },
  call: async (call, { after, limit }) => {
    using watched = await openWatch(call)
    const found = watched.reader?.events({ after, limit }) ?? []
    return { events: found, next: found.at(-1)?.seq ?? after, last: watched.reader?.lastEvent() ?? 0 }
  },
})

const report = assistTool({
  name: 'report',
  description:
    'Writes a run as one page for a browser among the state of the repository, and says where it lies: for a person to open.',
  shape: { run: z.string().max(100).optional().describe('Id of the run; left out, the current one.') },
  call: async (call, { run }) => {
    const { reportCommand } = await import('../commands/report.ts')
    return await documentOf(call, (context) => reportCommand(context, run, {}))
  },
})

const checking = assistTool({
  name: 'check',
  description:
    'Judges any change as the work of agents is judged: its tests fail without it, pass with it, and nothing else breaks. Runs tests in trees of its own; takes minutes on a large suite.',
  shape: { range: range.describe('BASE..HEAD') },
  long: true,
  call: async ({ cwd, env, progress, signal }, { range: asked }) => {
    const [{ check }, { openBench }] = await Promise.all([
      import('../../engine/check.ts'),
      import('../../engine/open.ts'),
    ])
    await using bench = await openBench({ directory: cwd, env, flags: {} })
    return await interruptible(signal, () =>
      check(bench, { range: asked, signal, onSuite: (suite) => progress(`Measuring suite ${suite}`) }),
    )
  },
})

const proving = assistTool({
  name: 'prove',
  description:
    'Executes the evidence of landed tasks again, from git alone. Runs only commands that the configuration has. Takes minutes where much has landed.',
  shape: {
    range: range.optional().describe('REV or BASE..REV; left out, what the current run has landed.'),
  },
  long: true,
  call: async ({ cwd, env, progress, signal }, { range: asked }) => {
    const { currentTarget } = await import('../commands/prove.ts')
    const [{ prove }, { openBench }] = await Promise.all([
      import('../../engine/prove.ts'),
      import('../../engine/open.ts'),
    ])
    await using bench = await openBench({ directory: cwd, env, flags: {} })
    return await interruptible(signal, async () =>
      prove(bench, {
        range: asked ?? null,
        ...(await currentTarget({ cwd, env })),
        trustEvidence: bench.loaded.config.trust.evidence,
        signal,
        onLanding: ({ task: of, index, of: all }) => progress(`[${index}/${all}] ${of}`),
      }),
    )
  },
})

/** Tools that change nothing of a run. */
export const LOOKING_TOOLS: readonly AssistTool[] = [status, plan, task, events, report, checking, proving]

/** What a command prints with `--json`. */
export async function documentOf(
  { cwd, env, progress }: AssistCall,
  command: (context: CommandContext) => Promise<number>,
): Promise<unknown> {
  const output = recordedOutput(progress)
  await command({ output, cwd, env })
  return output.document()
}

async function currentPlan(call: AssistCall): Promise<unknown> {
  using watched = await openWatch(call)
  const { reader, run } = requireRun(watched)
  const tasks = reader.tasks(run.id).map(({ definition, state }) => ({ ...definition, state }))
  return { run: run.id, title: run.title, tasks }
}

async function checkedPlan({ cwd, env }: AssistCall, file: string): Promise<unknown> {
  const text = await readPlanFile(cwd, file)
  const [{ readPlan }, { openBench }] = await Promise.all([
    import('../../engine/ingest.ts'),
    import('../../engine/open.ts'),
  ])
  await using bench = await openBench({ directory: cwd, env, flags: {} })
  const { title, tasks, suites } = await readPlan(
    { world: bench.workshop, loaded: bench.loaded, suites: bench.suites },
    { text, fileName: file },
  )
  return {
    valid: true,
    title,
    suites: suites.map(({ name }) => name),
    tasks: tasks.map(({ key: of, title: what, dependsOn }) => ({ key: of, title: what, dependsOn })),
  }
}
