import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { hasDirectory } from '../domain/suite-directory.ts'
import type { AgentSetup } from '../git/trees.ts'
import type { RunContext } from './context.ts'
import { VERIFICATION_RANK } from './laboratory.ts'
import { placeRunner } from './place-runner.ts'
import { setUpForAgent, setupOf } from './set-up.ts'
import type { RunningStage } from './stage-call.ts'

/** What makes the slot of an agent able to run the tests of its suite; nothing where they need nothing. */
export async function agentSetup(
  context: RunContext,
  running: RunningStage,
  { suite, tree }: { readonly suite: Suite; readonly tree: TreeId },
): Promise<{ readonly setup?: AgentSetup }> {
  if (suite.setup.length === 0 || !context.settings.setUpAgents) return {}
  if (!hasDirectory([...(await context.git.files(tree)).keys()], suite)) return {}
  const setup = await setupOf(context, suite, tree)
  const { meter, tally } = running
  const { signal } = running.call
  return {
    setup: {
      key: `${suite.name}:${setup.key}`,
      tree: setup.trustedTree ?? tree,
      install: async (place, settle) => {
        const waited = meter.begin('wait')
        const asked = { rank: VERIFICATION_RANK.agentSetup, signal }
        try {
          await context.verification.within(asked, async () => {
            waited()
            const run = placeRunner(context, { meter, tally, signal }, { suite, place })
            await setUpForAgent(context, suite, { setup, place, run, settle, signal })
          })
        } finally {
          waited()
        }
      },
    },
  }
}
