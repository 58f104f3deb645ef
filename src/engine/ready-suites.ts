import type { CommitId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { hasDirectory } from '../domain/suite-directory.ts'
import { suitesNeeded } from '../domain/suites-needed.ts'
import { isSettled } from '../domain/task.ts'
import { OrchestratorError } from '../errors.ts'
import type { World } from './context.ts'
import { VERIFICATION_RANK, freshEvidence } from './laboratory.ts'
import { verifierFor } from './verifier-for.ts'

/**
 * Before an agent is paid: a slot is set up at the head for each suite that open tasks need there, and its runner asked
 * for. The first verification finds the slot as it is left here. Throws `setup_failed` or `toolchain_missing`.
 */
export async function readySuites(
  world: World,
  asked: {
    readonly run: string
    readonly suites: ReadonlyMap<string, Suite>
    readonly head: CommitId
    /** Ends it early, without a word. */
    readonly signal: AbortSignal
    readonly onSetup: (suite: Suite) => void
  },
): Promise<void> {
  const { suites, head, signal } = asked
  const failed = new AbortController()
  const verifier = verifierFor(world, {
    rank: VERIFICATION_RANK.stage,
    signal: AbortSignal.any([signal, failed.signal]),
    memory: freshEvidence(),
  })
  const { tree } = await world.git.readCommit(head)
  const open = (await world.store.tasks(asked.run)).filter(({ state }) => !isSettled(state.state))
  const needed = suitesNeeded(open.map(({ definition }) => definition))
  const paths = [...(await world.git.files(tree)).keys()]
  const asking = [...suites.values()]
    .filter((suite) => needed.has(suite.name) && hasDirectory(paths, suite))
    .map(async (suite) => {
      if (suite.setup.length > 0) asked.onSetup(suite)
      try {
        await verifier.ready(suite, tree)
      } catch (thrown) {
        // One that is not ready spares the others: the run does not begin.
        failed.abort(thrown)
      }
    })
  await Promise.all(asking)
  if (failed.signal.aborted && !signal.aborted) throw notReady(failed.signal.reason)
}

/** What people are told while it takes its time. */
export function readyLine({ name, setup }: Suite): string {
  return `Making suite ${name} ready: ${setup.map((command) => command.join(' ')).join('; ')}`
}

function notReady(thrown: unknown): unknown {
  if (!(thrown instanceof OrchestratorError)) return thrown
  const { code, message, hint, cause } = thrown
  if (code === 'git_failed' || code === 'slot_failed')
    return new OrchestratorError(code, message, { hint: `Nothing was started. ${hint ?? ''}`.trim(), cause })
  return new OrchestratorError(code, message, {
    hint: 'Nothing was started. Install what is missing (`orchestrator doctor --tree` tries it) and type the same again. A plan keeps its suites as they were handed in: where those have to change, change them and hand it in again: orchestrator ingest PLAN --new',
    cause: thrown,
  })
}
