import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { hasDirectory } from '../domain/suite-directory.ts'
import type { AgentSetup, SlotDirectories } from '../git/trees.ts'
import type { Workshop } from './context.ts'
import { VERIFICATION_RANK } from './laboratory.ts'
import { type PlaceUse, placeRunner } from './place-runner.ts'
import { type Run, setUpForAgent, setupOf } from './set-up.ts'

/** What makes the slot of an agent able to run the tests of its suite; nothing where they need nothing. */
export async function agentSetup(
  world: Workshop,
  use: PlaceUse,
  { suite, tree }: { readonly suite: Suite; readonly tree: TreeId },
): Promise<{ readonly setup?: AgentSetup }> {
  if (suite.setup.length === 0 || !world.settings.setUpAgents) return {}
  if (!hasDirectory([...(await world.git.files(tree)).keys()], suite)) return {}
  const setup = await setupOf(world, suite, tree)
  const { meter, signal } = use
  return {
    setup: {
      key: `${suite.name}:${setup.key}`,
      tree: setup.trustedTree ?? tree,
      install: async (place) => {
        const waited = meter.begin('wait')
        const asked = { rank: VERIFICATION_RANK.agentSetup, signal }
        try {
          await world.verification.within(asked, async () => {
            waited()
            const runIn = (at: SlotDirectories): Run => placeRunner(world, use, { suite, place: at })
            await meter.during('wait', () => setUpForAgent(world, suite, { setup, place, runIn, signal }))
          })
        } finally {
          waited()
        }
      },
    },
  }
}
