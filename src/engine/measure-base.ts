import type { Suite } from '../domain/suite.ts'
import { OrchestratorError, messageOf } from '../errors.ts'
import type { RunContext } from './context.ts'
import { headOfTarget } from './ground.ts'
import { VERIFICATION_RANK, storedEvidence } from './laboratory.ts'
import { verifierFor } from './verifier-for.ts'

/**
 * Measures the base in the background as soon as the run starts, so that the first VERIFY finds it done. Later heads need
 * no measuring: the landing's own run of the merge's tree is the base of what comes next.
 */
export async function measureBase(context: RunContext, signal: AbortSignal): Promise<void> {
  const { git, store, clock, run } = context
  const verifier = verifierFor(context, {
    rank: VERIFICATION_RANK.baseline,
    signal,
    memory: storedEvidence(context),
  })
  try {
    const { tree } = await git.readCommit(await headOfTarget(context))
    for (const suite of await usedSuites(context)) {
      const { report, flaky } = await verifier.baseline(suite, tree)
      const failing = report.tests.filter(({ outcome }) => outcome === 'failed').length - flaky.length
      const data = {
        suite: suite.name,
        tests: report.tests.length,
        failing,
        flaky: flaky.length,
        durationMs: report.durationMs,
      }
      await store.append([{ run, kind: 'base_measured', task: null, attempt: null, data }], clock.now())
    }
  } catch (thrown) {
    if (signal.aborted) return
    // Whoever needs the base measures it again and tells what is wrong with it.
    if (!(thrown instanceof OrchestratorError))
      context.report(new Error(`measuring the base: ${messageOf(thrown)}`, { cause: thrown }))
  }
}

async function usedSuites(context: RunContext): Promise<Suite[]> {
  const names = new Set((await context.store.tasks(context.run)).map(({ definition }) => definition.suite))
  return [...context.suites.values()].filter(({ name }) => names.has(name))
}
