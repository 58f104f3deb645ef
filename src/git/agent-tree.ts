import type { CommitId, TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { buildAgentGit } from './agent-git-dir.ts'
import type { Stamp } from './disk.ts'
import type { Git } from './git.ts'
import type { IncludedFiles } from './included-files.ts'
import { KeptSetup } from './kept-setup.ts'
import type { PackCache, PackFile } from './pack-cache.ts'
import { emptyDirectory, removePath } from './remove-path.ts'
import { emptyAround, ensurePlace, type SlotPlace } from './slot-place.ts'
import { type PooledSlot, rankOf, type SlotRank } from './slot-pool.ts'
import { SlotTree } from './slot-tree.ts'
import type { AgentSetup, AgentTree, AgentTreeRequest } from './trees.ts'
import { Turns } from './turns.ts'

interface AgentSlotOptions {
  readonly git: Git
  readonly packs: PackCache
  readonly clock: Clock
  readonly place: SlotPlace
  readonly included?: IncludedFiles
}

/** What a slot is made ready for; the task is null when it may be anybody's. */
type Goal = Omit<AgentTreeRequest, 'task'> & { readonly task: string | null }
/** Setup waits until the slot is lent: it takes a place among what is verified. */
type Ahead = Omit<Goal, 'setup'>

/** One slot in which agents work, one after the other. */
export class AgentSlot implements PooledSlot<AgentTreeRequest, AgentTree> {
  readonly #options: AgentSlotOptions
  readonly #tree: SlotTree
  #packStamps: ReadonlyMap<string, Stamp> = new Map()
  readonly #turns: Turns
  readonly #setup: KeptSetup
  /** The task whose agent may have left here what no tree holds; of anybody else's nothing stays. */
  #keptFor: string | null = null
  /** What the slot is ready for. Nobody can have written since. Never on disk: another process looks for itself. */
  #ready: { readonly tree: TreeId; readonly baseTree: TreeId | null } | null = null
  /** Where the last task probably goes on. */
  #next: AgentTreeRequest | null = null
  #stop = new AbortController()
  #preparing: Promise<void> = Promise.resolve()

  constructor(options: AgentSlotOptions) {
    this.#options = options
    this.#turns = new Turns(options.place.name)
    this.#tree = new SlotTree(options.git, options.place, { included: options.included, hasGit: true })
    this.#setup = new KeptSetup(options.place, options.clock)
  }

  get tree(): TreeId | null {
    return this.#tree.tree
  }

  get keptFor(): string | null {
    return this.#keptFor
  }

  rank(request: AgentTreeRequest): SlotRank {
    return rankOf(this.#keptFor, request.task)
  }

  /** Removes what the agent of a process that was killed left beside its tree. */
  async begin(): Promise<void> {
    await this.#turns.take(() => this.#emptyAround())
  }

  async lend(request: AgentTreeRequest, release: () => void): Promise<AgentTree> {
    this.#stop.abort()
    await this.#turns.take(() => this.#handOut(request))
    this.#discardOld()
    const { place } = this.#options
    let given = false
    return {
      slot: place.name,
      directory: place.tree,
      home: place.home,
      temp: place.temp,
      reports: place.reports,
      read: async (limits) => {
        if (given) throw new OrchestratorError('internal', `${place.name} was given back and cannot be read`)
        const reading = await this.#turns.take(() => this.#tree.read(request.tree, limits))
        if (reading.kind === 'tree') this.#next = { ...request, tree: reading.tree }
        return reading
      },
      clear: () =>
        this.#turns.take(async () => {
          // Without a sandbox it can have put a link in place of its tree.
          await ensurePlace(place)
          this.#setup.forget()
          await emptyDirectory(place.tree, `${place.tree}-trash`)
          await emptyAround(place)
        }),
      [Symbol.asyncDispose]: async () => {
        if (given) return
        given = true
        // Before anything is prepared, which needs room: it may have filled the disk.
        this.#turns.takeUnasked(() => this.#emptyAround())
        release()
      },
    }
  }

  /** The next stage of a task begins with what the last one left, whether that is accepted as tests or refused. */
  tidy(): void {
    if (this.#next !== null) this.prepare(this.#next)
  }

  /** Makes the free slot ready for a goal, until it is lent or has another goal. Only time is lost when that fails. */
  prepare({ task, tree, base }: Ahead): void {
    const goal = { task, tree, base }
    this.#stop.abort()
    const { signal } = (this.#stop = new AbortController())
    this.#preparing = this.#preparing
      .then(() => this.#prepare(goal, signal))
      .catch(() => {
        // Whoever is lent the slot meets the same difficulty, and is told.
      })
  }

  /** Gives up what is being prepared, and resolves when nothing is under way. */
  async idle(): Promise<void> {
    this.#stop.abort()
    await this.#preparing
    await this.#turns.idle()
  }

  async #prepare(goal: Ahead, stop: AbortSignal): Promise<void> {
    if (stop.aborted) return
    // Before it is our turn: making packs takes longest, and writes nothing here.
    await this.#packs(goal.tree, await treeOf(this.#options.git, goal.base))
    await this.#turns.take(() => this.#makeReady(goal, stop))
    this.#discardOld()
  }

  /** Without a sandbox an agent can put a link in place of HOME. What setup left there stays. */
  async #emptyAround(): Promise<void> {
    const { place } = this.#options
    await ensurePlace(place)
    await emptyAround(place, (await this.#setup.restoreHome()) ? 'not_home' : 'home')
  }

  async #handOut(request: AgentTreeRequest): Promise<void> {
    await this.#makeReady(request)
    await this.#tree.handOut()
    this.#ready = null
    this.#keptFor = request.task
    this.#next = request
  }

  async #makeReady(goal: Goal, stop?: AbortSignal): Promise<void> {
    const { git } = this.#options
    const { tree, task } = goal
    const baseTree = await treeOf(git, goal.base)
    const stopped = (): boolean => stop?.aborted === true
    if (stopped()) return
    const keeps = this.#keptFor !== null && this.#keptFor === task
    const fits = this.#ready?.tree === tree && this.#ready.baseTree === baseTree
    if (fits && this.#isSetUp(goal) && (keeps || this.#keptFor === null)) return
    this.#ready = null
    if (!keeps) await this.#leaveTask(tree)
    const filled = await this.#tree.fill(tree, keeps ? 'all' : new Set(this.#setup.folders), stop)
    if (!filled || stopped()) return
    if (goal.setup !== undefined && !this.#isSetUp(goal)) {
      await this.#setUp(goal.setup)
      await this.#tree.fill(tree)
    }
    await Promise.all([this.#emptyAround(), this.#buildGit(tree, baseTree)])
    this.#ready = { tree, baseTree }
  }

  /** Of what its agent did beside the tree nothing may stay; what setup left does, where it is as it was. */
  async #leaveTask(tree: TreeId): Promise<void> {
    this.#keptFor = null
    if (this.#setup.key === null) return
    // First, so that no link is on the way to them.
    await this.#tree.fill(tree)
    await this.#setup.restoreFolders()
  }

  /** Its agent may have removed what setup left. */
  #isSetUp({ setup }: Goal): boolean {
    const there = new Set(this.#tree.dependencies)
    return (
      setup === undefined ||
      (setup.key === this.#setup.key && this.#setup.folders.every((folder) => there.has(folder)))
    )
  }

  async #setUp({ key, tree, install }: AgentSetup): Promise<void> {
    const { place } = this.#options
    this.#setup.forget()
    await this.#tree.fill(tree, NOTHING)
    await emptyAround(place)
    // Setup gets secrets, and programs that it calls obey a `.git`: the one that lies there is the last agent's.
    await removePath(`${place.tree}/.git`, place.trash)
    this.#packStamps = new Map()
    await this.#tree.handOut()
    await install({ slot: place.name, directory: place.tree, home: place.home, temp: place.temp })
    // What it left elsewhere in the tree is no part of what the agent begins with.
    await this.#tree.fill(tree)
    await this.#setup.remember(key, this.#tree.dependencies)
  }

  async #buildGit(tree: TreeId, baseTree: TreeId | null): Promise<void> {
    const { git, clock, place } = this.#options
    this.#packStamps = await buildAgentGit({
      place,
      objectFormat: git.repository.objectFormat,
      trees: treesOf(tree, baseTree),
      at: clock.now(),
      packs: await this.#packs(tree, baseTree),
      files: await git.files(tree),
      records: this.#tree.records,
      dependencies: this.#tree.dependencies,
      included: [...(this.#options.included?.contents.keys() ?? [])],
      kept: this.#packStamps,
      isUntouched: (record, found) => this.#tree.isUntouched(record, found),
    })
  }

  async #packs(tree: TreeId, baseTree: TreeId | null): Promise<PackFile[]> {
    const [first, second] = treesOf(tree, baseTree)
    const packs = [this.#options.packs.pack(first, null)]
    if (second !== undefined) packs.push(this.#options.packs.pack(second, first))
    return (await Promise.all(packs)).flat()
  }

  /** A `.git` that was replaced. Nobody waits for that. */
  #discardOld(): void {
    const { discarded, trash } = this.#options.place
    this.#turns.takeUnasked(() => removePath(discarded, trash))
  }
}

const NOTHING: ReadonlySet<string> = new Set()

/** What the agent sees as history, oldest first. */
function treesOf(tree: TreeId, baseTree: TreeId | null): [TreeId] | [TreeId, TreeId] {
  return baseTree === null || baseTree === tree ? [tree] : [baseTree, tree]
}

async function treeOf(git: Git, commit: CommitId | null): Promise<TreeId | null> {
  return commit === null ? null : (await git.readCommit(commit)).tree
}
