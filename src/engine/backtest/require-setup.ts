import type { TreeId } from '../../domain/evidence.ts'
import type { Suite } from '../../domain/suite.ts'
import { OrchestratorError } from '../../errors.ts'
import type { World } from '../context.ts'
import { freshEvidence, openLaboratory, VERIFICATION_RANK } from '../laboratory.ts'
import { Meter } from '../meter.ts'
import { readyLine } from '../ready-suites.ts'
import { stoppedBeforeEnd } from './stopped-before-end.ts'

/**
 * Prepares each suite at the beginning of a history, or at its end where that fails. What can be set up at neither would
 * be refused commit by commit, for a reason that says nothing of the history.
 */
export async function requireSetup(
  world: World,
  asked: {
    readonly suites: readonly Suite[]
    readonly trees: readonly TreeId[]
    readonly signal: AbortSignal
    readonly tell: (line: string) => void
  },
): Promise<void> {
  const laboratory = openLaboratory(world, {
    meter: new Meter(world.clock),
    rank: VERIFICATION_RANK.stage,
    signal: asked.signal,
    memory: freshEvidence(),
  })
  for (const suite of asked.suites) {
    if (suite.setup.length === 0) continue
    asked.tell(readyLine(suite))
    let failed: OrchestratorError | null = null
    for (const tree of asked.trees) {
      failed = await failureOf(
        () => laboratory.within({ suite, tree }, () => Promise.resolve(null)),
        asked.signal,
      )
      if (failed === null) break
    }
    if (failed === null) continue
    throw new OrchestratorError('setup_failed', failed.message, {
      hint: 'Mend the setup, or leave it out where what the tests need is installed: --config FILE with "setup": [] and the command that runs them here (docs/backtest.md).',
      cause: failed,
    })
  }
}

async function failureOf(
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<OrchestratorError | null> {
  try {
    await work()
    return null
  } catch (thrown) {
    if (signal.aborted) throw stoppedBeforeEnd()
    if (thrown instanceof OrchestratorError && thrown.code === 'setup_failed') return thrown
    throw thrown
  }
}
