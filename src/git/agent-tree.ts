import type { CommitId, TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { buildAgentGit } from './agent-git-dir.ts'
import type { Stamp } from './disk.ts'
import type { Git } from './git.ts'
import type { PackCache } from './pack-cache.ts'
import { removePath } from './remove-path.ts'
import { emptyAround, type SlotPlace } from './slot-place.ts'
import { SlotTree } from './slot-tree.ts'
import type { AgentTree, AgentTreeRequest } from './trees.ts'
import { Turns } from './turns.ts'

export interface AgentSlotOptions {
  readonly git: Git
  readonly packs: PackCache
  readonly clock: Clock
  readonly place: SlotPlace
}

/** One slot in which agents work, one after the other. */
export class AgentSlot {
  readonly #options: AgentSlotOptions
  readonly #tree: SlotTree
  #packStamps: ReadonlyMap<string, Stamp> = new Map()
  readonly #turns: Turns
  #use = 0

  constructor(options: AgentSlotOptions) {
    this.#options = options
    this.#turns = new Turns(options.place.name)
    this.#tree = new SlotTree(options.git, options.place)
  }

  /** Makes the slot ready; the tree that was lent before can no longer be read. */
  lend(request: AgentTreeRequest): Promise<AgentTree> {
    return this.#turns.take(() => this.#lend(request))
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<unknown> {
    return this.#turns.idle()
  }

  async #lend(request: AgentTreeRequest): Promise<AgentTree> {
    const { place } = this.#options
    const use = ++this.#use
    await this.#tree.fill(request.tree)
    await Promise.all([emptyAround(place), this.#buildGit(request)])
    await this.#tree.handOut()
    this.#turns.takeUnasked(() => removePath(place.discarded, place.trash))
    return {
      directory: place.tree,
      home: place.home,
      temp: place.temp,
      read: (limits) =>
        this.#turns.take(async () => {
          if (use !== this.#use) {
            throw new OrchestratorError(
              'internal',
              `${place.name} was lent again; what was there before is gone`,
            )
          }
          const reading = await this.#tree.read(request.tree, limits)
          if (reading.kind === 'tree') this.#prepareFor(reading.tree, request.base)
          return reading
        }),
    }
  }

  /** The next stage begins with what this one left, if it is accepted; its objects are packed while that is judged. */
  #prepareFor(tree: TreeId, base: CommitId | null): void {
    const { git, packs } = this.#options
    const packing = async (): Promise<void> => {
      const from = await treeOf(git, base)
      if (from !== tree) await packs.pack(tree, from)
    }
    packing().catch(() => {
      // Only time is lost: the pack is asked for again when it is needed, and then whoever asks is told.
    })
  }

  async #buildGit(request: AgentTreeRequest): Promise<void> {
    const { git, packs, clock, place } = this.#options
    const base = await treeOf(git, request.base)
    const trees: [TreeId, ...TreeId[]] =
      base === null || base === request.tree ? [request.tree] : [base, request.tree]
    const wanted = await Promise.all(
      trees.map((tree, index) => packs.pack(tree, index === 0 ? null : (trees[0] ?? null))),
    )
    this.#packStamps = await buildAgentGit({
      place,
      objectFormat: git.repository.objectFormat,
      trees,
      at: clock.now(),
      packs: wanted.flat(),
      files: await git.files(request.tree),
      records: this.#tree.records,
      dependencies: this.#tree.dependencies,
      kept: this.#packStamps,
      isUntouched: (record, found) => this.#tree.isUntouched(record, found),
    })
  }
}

async function treeOf(git: Git, commit: CommitId | null): Promise<TreeId | null> {
  return commit === null ? null : (await git.readCommit(commit)).tree
}
