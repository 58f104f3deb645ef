import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import type { ProofTree, SlotDirectories } from '../git/trees.ts'
import { watchSlot } from '../verify/slot-canary.ts'
import type { Laboratory, Place } from '../verify/verify.ts'
import type { Workshop } from './context.ts'
import { type Run, type Setup, setUp } from './set-up.ts'

interface SlotToGuard {
  readonly suite: Suite
  readonly proofTree: ProofTree
  /** What the slot holds, and holds again afterwards. */
  readonly tree: TreeId
  readonly setup: Setup
  readonly runIn: (place: SlotDirectories) => Run
  readonly signal: AbortSignal
  readonly place: Place
}

/**
 * One broken source line must fail a test in each slot that setup made, before a verdict of it counts: what was installed
 * may lead to other files than those of the tree. A slot that does not notice is made anew once; then it is told. It is
 * not refused: a project whose tests replace the module that they import looks the same, and every task proves by its own
 * tests, which must fail without its sources, that they see them.
 */
export async function guardSlot(
  world: Workshop,
  trees: Pick<Laboratory, 'files' | 'read' | 'compose'>,
  guarded: SlotToGuard,
): Promise<void> {
  const { suite, proofTree, tree, setup, place } = guarded
  if (world.onBlindSlot === null || proofTree.isGuarded || proofTree.preparedFor !== setup.key) return
  // People's tests say it, where setup is theirs.
  const canary = { trees, suite, tree: setup.trustedTree ?? tree, isIntact: () => isSetUp(guarded) }
  const watch = (): ReturnType<typeof watchSlot> =>
    watchSlot(place, { ...canary, mark: world.clock.id(MARK_LETTERS) })
  let seen = await watch()
  if (seen.kind === 'unnoticed') {
    const { signal } = guarded
    const { key, trustedTree } = setup
    const copied = trustedTree === null ? null : { key, tree: trustedTree }
    const wasCopied = copied !== null && (await world.images?.discard(copied, signal)) === true
    await proofTree.clear(tree)
    await setUp(world, suite, { ...guarded, byItself: true })
    seen = await watch()
    // Where setup of its own is as blind, the project is like that.
    if (copied !== null && wasCopied && seen.kind === 'noticed')
      await world.images?.giveUp(copied, BLIND, signal)
    if (seen.kind === 'unnoticed')
      await world.onBlindSlot({ ...seen.watched, slot: proofTree.slot, suite: suite.name })
  }
  await proofTree.fill(tree)
  if (isSetUp(guarded)) return await proofTree.guarded(seen.kind)
  // The run of a test has spoilt what setup installed; what is made now was never watched.
  await setUp(world, suite, guarded)
  if (isSetUp(guarded)) await proofTree.guarded('unknown')
}

const MARK_LETTERS = 20
const BLIND = 'a slot with it noticed no broken line'

function isSetUp({ proofTree, setup }: SlotToGuard): boolean {
  return proofTree.preparedFor === setup.key
}
