import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { hasDirectory } from '../domain/suite-directory.ts'
import type { AgentSetup } from '../git/trees.ts'
import type { Workshop } from './context.ts'
import { VERIFICATION_RANK } from './laboratory.ts'
import { type PlaceUse, placeRunner } from './place-runner.ts'
import { type Setup, setUp, setUpForAgent, setupOf } from './set-up.ts'
import { whyNotCopied } from './why-not-copied.ts'

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
      install: async (place, settle) => {
        const waited = meter.begin('wait')
        const asked = { rank: VERIFICATION_RANK.agentSetup, signal }
        try {
          await world.verification.within(asked, async () => {
            waited()
            await provideImage(world, use, { suite, setup })
            const run = placeRunner(world, use, { suite, place })
            await setUpForAgent(world, suite, { setup, place, run, settle, signal })
          })
        } finally {
          waited()
        }
      },
    },
  }
}

/**
 * Images are made in slots of proofs alone. Those may be good since an earlier HEAD, of which there is no image any more:
 * one is set up anew then, and every slot of an agent gets a copy.
 */
async function provideImage(
  world: Workshop,
  use: PlaceUse,
  { suite, setup }: { readonly suite: Suite; readonly setup: Setup },
): Promise<void> {
  const { key, trustedTree: tree } = setup
  if (tree === null || world.images === null || !(await world.images.isMissing({ key, tree }))) return
  if ((await whyNotCopied(world, suite, tree)) !== null) return
  await using proofTree = await world.trees.proofTree({ tree, setupKey: key })
  world.usedSlots.add(suite, proofTree)
  const run = placeRunner(world, use, { suite, place: proofTree })
  await setUp(world, suite, { proofTree, tree, setup, run, signal: use.signal })
}
