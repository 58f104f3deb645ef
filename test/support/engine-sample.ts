import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ExecuteOptions, executeRun } from '../../src/engine/execute-run.ts'
import { ingest } from '../../src/engine/ingest.ts'
import { type Engine, openEngine } from '../../src/engine/open.ts'
import type { RunReport } from '../../src/protocol/output/run-report.ts'
import { type TempRepo, type TempRepoOptions, tempRepo } from './temp-repo.ts'

/** Proofs run once here: that they are steady is shown where repeats are the subject. */
export const ONCE = { 'verify.repeats': 1 }

/** A repository with an engine over it: plan and session as data, run as often as a test wants. */
export interface EngineSample {
  readonly repo: TempRepo
  readonly stateHome: string
  readonly env: Readonly<Record<string, string>>
  open(flags?: Readonly<Record<string, unknown>>, sandbox?: 'auto' | 'off'): Promise<Engine>
  ingest(engine: Engine, plan: unknown): Promise<string>
  run(engine: Engine, session: unknown, options?: Partial<ExecuteOptions>): Promise<RunReport>
}

/** What an engine leaves behind that did nothing. */
export async function closed(opening: Promise<Engine>): Promise<Engine> {
  const engine = await opening
  await engine[Symbol.asyncDispose]()
  return engine
}

export function engineSample(
  files: Readonly<Record<string, string>>,
  options: TempRepoOptions = {},
  variables: Readonly<Record<string, string>> = {},
): EngineSample {
  const repo = tempRepo(files, options)
  const stateHome = repo.state
  const env = { ...repo.env, XDG_STATE_HOME: stateHome, ...variables }
  let sessions = 0
  return {
    repo,
    stateHome,
    env,
    open: (flags = {}, sandbox = sandboxOfTests()) =>
      openEngine({ directory: repo.root, env, flags: { ...ONCE, ...flags }, sandbox }),
    ingest: async (engine, plan) => {
      const text = JSON.stringify(plan)
      const confirm = (): Promise<boolean> => Promise.resolve(true)
      return (
        await ingest(engine, { text, fileName: 'plan.json', confirm, agent: 'scripted', asNewRun: false })
      ).run
    },
    run: async (engine, session, options = {}) => {
      sessions += 1
      const sessionFile = join(stateHome, `${sessions}.session.json`)
      await writeFile(sessionFile, JSON.stringify(session))
      const faults: unknown[] = []
      const report = await executeRun(engine, {
        name: 'scripted',
        sessionFile,
        withoutSleep: false,
        which: 'continue',
        workers: 2,
        target: null,
        branches: false,
        refactor: false,
        budget: { invocations: null, tokens: null, usd: null, timeMs: null },
        winding: new AbortController().signal,
        stopping: new AbortController().signal,
        report: (thrown) => faults.push(thrown),
        onRun: () => undefined,
        ...options,
      })
      if (process.env['TDD_TEST_TRACE'] !== undefined) {
        for (const event of await engine.world.store.events({ after: 0, limit: 1_000 })) {
          process.stderr.write(
            `${event.seq} ${event.kind} ${event.task ?? ''} ${JSON.stringify(event.data)}\n`,
          )
        }
      }
      if (faults.length > 0)
        throw new AggregateError(faults, `the engine reported faults: ${faults.map(String).join('; ')}`)
      return report
    },
  }
}

/** `TDD_TEST_SANDBOX=off` runs the same tests without a sandbox. */
function sandboxOfTests(): 'auto' | 'off' {
  return process.env['TDD_TEST_SANDBOX'] === 'off' ? 'off' : 'auto'
}
