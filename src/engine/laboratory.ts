import { createHash } from 'node:crypto'
import type { BlobId, TreeId } from '../domain/evidence.ts'
import type { TreeChanges } from '../git/git.ts'
import type { SlotDirectories } from '../git/trees.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Laboratory, LendRequest, Place } from '../verify/verify.ts'
import type { RunContext, Workshop } from './context.ts'
import { environmentKey } from './environment-key.ts'
import { guardSlot } from './guard-slot.ts'
import { type PlaceUse, placeRunner, withoutPlace } from './place-runner.ts'
import { decidingFiles } from './setup-key.ts'
import { type Run, setUp, setupOf } from './set-up.ts'
import type { EvidenceMemory } from './verifier-use.ts'

/** Who goes first when verification slots are short: landing before verification before measuring a base before the setup of an agent's slot. */
export const VERIFICATION_RANK = { landing: 0, stage: 1, baseline: 2, agentSetup: 3 } as const

/**
 * Evidence kept with its run, also when that is resumed. Another run measures anew: what failed because something outside
 * the repository was missing must not fail for ever.
 */
export function storedEvidence(
  world: Pick<RunContext, 'store' | 'clock' | 'underWay' | 'run'>,
): EvidenceMemory {
  const { store, clock, underWay, run } = world
  return {
    underWay,
    recall: (key) => store.recallEvidence(`${run}:${key}`),
    keep: (key, value) => store.keepEvidence(`${run}:${key}`, value, clock.now()),
  }
}

/** Evidence that is forgotten with its owner: nothing measured before takes part. */
export function freshEvidence(): EvidenceMemory {
  const kept = new Map<string, string>()
  return {
    underWay: new Map(),
    recall: (key) => Promise.resolve(kept.get(key) ?? null),
    keep: (key, value) => {
      kept.set(key, value)
      return Promise.resolve()
    },
  }
}

interface LaboratoryUse extends PlaceUse {
  readonly rank: number
  readonly memory: EvidenceMemory
}

/** Proof trees for one attempt or one landing: its commands are metered, ranked and stopped together. */
export function openLaboratory(world: Workshop, use: LaboratoryUse): Laboratory {
  return {
    environment: environmentKey(world),
    secrets: secretForms(world.secrets.certain),
    ...treesOf(world),
    graft: (base, from, paths) => graft(world, { base, from, paths }),
    within: (request, work) => within(world, use, { request, work }),
    underWay: use.memory.underWay,
    waitFor: (running) => use.meter.during('wait', () => running),
    recall: use.memory.recall,
    keep: use.memory.keep,
  }
}

/** Trees as verification reads them, for who runs nothing in them. */
export function treesOf(world: Workshop): Pick<Laboratory, 'files' | 'read' | 'compose'> {
  const { git } = world
  return {
    files: (tree) => git.files(tree),
    read: async (tree, path) => {
      const entry = (await git.files(tree)).get(path)
      if (entry === undefined || !entry.mode.startsWith('100')) return null
      return await textOf(world, entry.id)
    },
    compose: async (base, changes) => git.compose(base, await textChanges(world, base, changes)),
  }
}

/** Most files of a tree are those of the tree before it. */
async function textOf({ git, texts }: Workshop, id: BlobId): Promise<string> {
  const known = texts.get(id)
  if (known !== undefined) return known
  const text = (await git.readBlob(id)).toString('utf8')
  if (text.length <= MAX_KEPT_TEXT) texts.set(id, text, text.length)
  return text
}

const MAX_KEPT_TEXT = 1024 * 1024

async function textChanges(
  world: Workshop,
  base: TreeId,
  changes: ReadonlyMap<string, string | null>,
): Promise<TreeChanges> {
  const files = await world.git.files(base)
  return new Map(
    [...changes].map(([path, text]) => [
      path,
      text === null ? null : { mode: files.get(path)?.mode ?? '100644', content: Buffer.from(text) },
    ]),
  )
}

/** `base` with the given paths as they are in `from`. */
export async function graft(
  world: Workshop,
  parts: { readonly base: TreeId; readonly from: TreeId; readonly paths: readonly string[] },
): Promise<TreeId> {
  const source = await world.git.files(parts.from)
  return world.git.compose(parts.base, new Map(parts.paths.map((path) => [path, source.get(path) ?? null])))
}

async function within<T>(
  world: Workshop,
  use: LaboratoryUse,
  lending: { readonly request: LendRequest; readonly work: (place: Place) => Promise<T> },
): Promise<T> {
  const { request, work } = lending
  const { suite, tree } = request
  const waited = use.meter.begin('wait')
  try {
    return await world.verification.within(
      { rank: use.rank, exclusive: request.exclusive ?? false, signal: use.signal },
      async () => {
        waited()
        const setup = await setupOf(world, suite, tree)
        await using proofTree = await world.trees.proofTree({ tree, setupKey: setup.key })
        world.usedSlots.add(suite, proofTree)
        const runIn = (place: SlotDirectories): Run => placeRunner(world, use, { suite, place })
        const run = runIn(proofTree)
        const ready = async (filled: TreeId): Promise<void> => {
          if (suite.setup.length === 0) return
          const slot = { suite, proofTree, tree: filled, setup, runIn, signal: use.signal }
          if (proofTree.preparedFor !== setup.key)
            await use.meter.during('wait', () => setUp(world, suite, slot))
          const bare = { ...place, fill: (other: TreeId) => proofTree.fill(other) }
          await guardSlot(world, treesOf(world), { ...slot, place: bare })
        }
        const place: Place = {
          directory: proofTree.directory,
          reports: proofTree.reports,
          ownCode: world.ownCode,
          clean: (text) => withoutPlace(world, text),
          versions: await knownVersions(world, tree),
          parallelism: Math.max(1, Math.floor(world.settings.cores / world.settings.verificationSlots)),
          run: (command) => run(command, proofTree.dependencyDirectories()),
          fill: async (other) => {
            // What a run did to the dependencies is noticed here, and undone by another setup.
            await proofTree.fill(other)
            await ready(other)
          },
        }
        await ready(tree)
        return await work(place)
      },
    )
  } finally {
    waited()
  }
}

async function knownVersions(world: Workshop, tree: TreeId): Promise<Map<string, string>> {
  const key = createHash('sha256')
    .update(await decidingFiles(world, tree))
    .digest('hex')
  const known = world.versions.get(key) ?? new Map<string, string>()
  world.versions.set(key, known)
  return known
}
