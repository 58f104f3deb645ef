import { resolve } from 'node:path'
import { type DemoPlace, makeDemoPlace } from '../../engine/demo-place.ts'
import { openDemoEndpoint } from '../../engine/demo-endpoint.ts'
import { executeRun } from '../../engine/execute-run.ts'
import { ingest } from '../../engine/ingest.ts'
import { openEngine } from '../../engine/open.ts'
import type { CommandContext } from '../command-context.ts'
import { demoAgain } from '../demo-again.ts'
import { demoRecap } from '../demo-recap.ts'
import { followRun } from '../follow-run.ts'
import { reportOfRun, wantedReport, type WantedReport } from '../report-of-run.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { exitCodeOf } from '../exit-code.ts'
import { faultLine } from '../fault-line.ts'

type Flags = Readonly<Record<string, unknown>>

const DEFAULT_WORKERS = 3

/** `orchestrator demo`: the whole of it in a repository of its own, with a recorded session instead of a model. */
export async function demoCommand(context: CommandContext, flags: Flags): Promise<number> {
  const { output, cwd, env } = context
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  const keep = typeof flags['keep'] === 'string' ? resolve(cwd, flags['keep']) : null
  const wanted = await wantedReport(cwd, flags['report'])
  await using place = await makeDemoPlace({ keep, env })
  return await playDemo(context, flags, { place, kept: keep !== null, signals, wanted })
}

async function playDemo(
  { output, env }: CommandContext,
  flags: Flags,
  staged: {
    readonly place: DemoPlace
    readonly kept: boolean
    readonly signals: { readonly winding: AbortSignal; readonly stopping: AbortSignal }
    readonly wanted: WantedReport | null
  },
): Promise<number> {
  const { place, kept, signals, wanted } = staged
  const workers = typeof flags['workers'] === 'number' ? flags['workers'] : DEFAULT_WORKERS
  const agent = flags['agent'] === 'claude' ? 'claude' : 'scripted'
  const withoutSleep = flags['sleep'] === false
  await using endpoint = agent === 'claude' ? await openDemoEndpoint(place.sessionFile, withoutSleep) : null
  await using engine = await openEngine({
    directory: place.repository,
    env: { ...place.env, ...endpoint?.env },
    flags: {},
  })
  await using following = followRun(engine, output)
  const plan = await ingest(engine, {
    text: agent === 'claude' ? withPatience(place.planText) : place.planText,
    fileName: place.planFile,
    // The plan is the package's own.
    confirm: () => Promise.resolve(true),
    agent,
    asNewRun: false,
  })
  output.progress(
    `${plan.title}: ${plan.tasks} tasks, ${workers} workers, no model: the agents' work was recorded; git, tests and verdicts are real.`,
  )
  const done = await executeRun(engine, {
    which: 'continue',
    name: agent,
    sessionFile: place.sessionFile,
    withoutSleep,
    workers,
    target: null,
    refactor: false,
    branches: false,
    budget: { invocations: null, tokens: null, usd: null, timeMs: null },
    ...signals,
    report: (thrown) => output.progress(faultLine(thrown)),
    onRun: (run) => following.start(run.id),
  })
  await following.stop()
  const report = await reportOfRun({ cwd: place.repository, env: place.env }, done, wanted)
  const recap = { keptAt: kept ? place.repository : null, again: demoAgain(env) }
  output.result('run-report', report, await demoRecap(engine, report, recap))
  return exitCodeOf(report)
}

/** On a busy machine the real client takes longer to start than a played agent may be silent. */
const CLIENT_STALL_MS = 20_000

function withPatience(planText: string): string {
  const plan = JSON.parse(planText) as { readonly limits: object }
  return JSON.stringify({ ...plan, limits: { ...plan.limits, stallMs: CLIENT_STALL_MS } })
}
