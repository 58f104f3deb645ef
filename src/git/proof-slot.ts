import { rm } from 'node:fs/promises'
import { relative } from 'node:path'
import type { TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { diskPath, stampAt } from './disk.ts'
import type { Git } from './git.ts'
import type { IncludedFiles } from './included-files.ts'
import { restoreFolders, restoreHome, surveyLeft } from './left-by-setup.ts'
import { readSetupRecord, type SetupRecord, writeSetupRecord } from './setup-record.ts'
import { emptyAround, ensurePlace, type SlotPlace } from './slot-place.ts'
import { type PooledSlot, rankOf, type SlotRank } from './slot-pool.ts'
import { SlotTree } from './slot-tree.ts'
import type { ProofTree, ProofTreeRequest } from './trees.ts'
import { Turns } from './turns.ts'

interface ProofSlotOptions {
  readonly git: Git
  readonly clock: Clock
  readonly place: SlotPlace
  readonly included?: IncludedFiles
  /** Where it is remembered what setup left; no command can see it. */
  readonly recordFile: string
  /** Commands cannot write to folders that setup filled in the tree, so only a restart asks for another look. */
  readonly dependenciesAreReadOnly: boolean
}

/** One slot in which proofs run, one after the other. */
export class ProofSlot implements PooledSlot<ProofTreeRequest, ProofTree> {
  readonly #options: ProofSlotOptions
  readonly #tree: SlotTree
  #prepared: SetupRecord | null = null
  /** What setup left was looked at, and nobody can have written since: in HOME, in the folders of the tree. */
  #homeIntact = false
  #foldersIntact = false
  /** Those folders of the tree, when they were looked at last. */
  #identities: readonly (bigint | null)[] = []
  readonly #turns: Turns

  constructor(options: ProofSlotOptions) {
    this.#options = options
    this.#turns = new Turns(options.place.name)
    this.#tree = new SlotTree(options.git, options.place, { included: options.included, hasGit: false })
  }

  get preparedFor(): string | null {
    return this.#prepared?.key ?? null
  }

  /** The tree that the slot last held. */
  get tree(): TreeId | null {
    return this.#tree.tree
  }

  rank(request: ProofTreeRequest): SlotRank {
    return rankOf(this.preparedFor, request.setupKey)
  }

  /** Takes up what an earlier process remembered. */
  async begin(): Promise<void> {
    this.#prepared = await readSetupRecord(this.#options.recordFile)
  }

  /** Makes the slot ready. `release` is called once, when the tree is given back. */
  async lend(request: ProofTreeRequest, release: () => void): Promise<ProofTree> {
    await this.#turns.take(() => this.#makeReady(request))
    const { place } = this.#options
    let given = false
    const use = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      if (given) throw new OrchestratorError('internal', `${place.name} was given back and cannot be used`)
      return await this.#turns.take(work)
    }
    const preparedFor = (): string | null => this.preparedFor
    const isGuarded = (): boolean => this.#prepared?.guarded === true
    return {
      slot: place.name,
      directory: place.tree,
      home: place.home,
      temp: place.temp,
      reports: place.reports,
      get preparedFor() {
        return preparedFor()
      },
      get isGuarded() {
        return isGuarded()
      },
      guarded: (seen) => use(() => this.#guarded(seen)),
      dependencyDirectories: () => this.#dependencyDirectories(),
      isInstalled: (path) => this.#prepared?.installed.has(relative(place.slot, path)) === true,
      prepared: (setupKey) => use(() => this.#remember(setupKey, request.tree)),
      fill: (tree) => use(() => this.#refill(tree)),
      clear: (tree) => use(() => this.#clear(tree)),
      [Symbol.asyncDispose]: async () => {
        if (given) return
        given = true
        release()
      },
    }
  }

  /** Puts things in order while nobody waits, so that the next use finds little to do. */
  tidy(): void {
    this.#turns.takeUnasked(async () => {
      const { tree } = this.#tree
      if (tree !== null) await this.#renew(tree)
    })
  }

  idle(): Promise<unknown> {
    return this.#turns.idle()
  }

  async #makeReady(request: ProofTreeRequest): Promise<void> {
    if (this.#prepared !== null && this.#prepared.key !== request.setupKey) await this.#forget()
    await this.#renew(request.tree)
    await this.#handOut()
  }

  /** What lies beside the tree goes first: it may have filled the disk, and to fill the tree needs room. */
  async #renew(tree: TreeId): Promise<void> {
    const { place } = this.#options
    await ensurePlace(place)
    await emptyAround(place, 'not_home')
    await this.#fill(tree)
    await emptyAround(place, this.#homeToEmpty())
  }

  async #refill(tree: TreeId): Promise<void> {
    await this.#fill(tree)
    await this.#handOut()
  }

  async #clear(tree: TreeId): Promise<void> {
    await this.#forget()
    await this.#fill(tree)
    await emptyAround(this.#options.place)
    await this.#handOut()
  }

  /** Exactly the files of the tree, and what setup left or nothing of it. */
  async #fill(tree: TreeId): Promise<void> {
    await this.#tree.fill(tree, this.#keep())
    if (this.#prepared === null || (await this.#restore(this.#prepared))) return
    await this.#forget()
    await this.#tree.fill(tree, this.#keep())
  }

  async #handOut(): Promise<void> {
    await this.#tree.handOut()
    this.#homeIntact = false
    this.#foldersIntact = this.#foldersIntact && this.#options.dependenciesAreReadOnly
  }

  /** False when setup must run again: something was touched, or the tree has files of its own in that place. */
  async #restore(prepared: SetupRecord): Promise<boolean> {
    const there = new Set(this.#tree.dependencies)
    if (prepared.folders.some((folder) => !there.has(folder))) return false
    const { place } = this.#options
    this.#homeIntact ||= await restoreHome(place, prepared)
    this.#foldersIntact &&= await this.#areTheSame(prepared.folders)
    this.#foldersIntact ||= await restoreFolders(place, prepared)
    this.#identities = await this.#identitiesOf(prepared.folders)
    return this.#homeIntact && this.#foldersIntact
  }

  /** What cannot be written to can be moved away with the folder around it, and another put in its place. */
  async #areTheSame(folders: readonly string[]): Promise<boolean> {
    const now = await this.#identitiesOf(folders)
    return now.every((identity, at) => identity !== null && identity === this.#identities[at])
  }

  async #identitiesOf(folders: readonly string[]): Promise<(bigint | null)[]> {
    const { tree } = this.#options.place
    return await Promise.all(
      folders.map(async (folder) => (await stampAt(diskPath(tree, folder)))?.ino ?? null),
    )
  }

  /** What setup left elsewhere in the tree goes at once: it would be gone at the next use, and is the work of a build. */
  async #remember(key: string, tree: TreeId): Promise<void> {
    const { place, clock, recordFile } = this.#options
    await this.#tree.fill(this.#tree.tree ?? tree)
    const folders = this.#tree.dependencies
    this.#prepared = { key, ...(await surveyLeft(place, clock, folders)) }
    this.#homeIntact = true
    this.#foldersIntact = true
    this.#identities = await this.#identitiesOf(folders)
    await writeSetupRecord(recordFile, this.#prepared)
    await this.#handOut()
  }

  async #guarded(seen: 'noticed' | 'unnoticed' | 'unknown'): Promise<void> {
    if (this.#prepared === null) return
    this.#prepared = { ...this.#prepared, guarded: true }
    if (seen === 'noticed') await writeSetupRecord(this.#options.recordFile, this.#prepared)
  }

  async #forget(): Promise<void> {
    this.#prepared = null
    this.#homeIntact = false
    this.#foldersIntact = false
    await rm(this.#options.recordFile, { force: true })
  }

  #keep(): ReadonlySet<string> {
    return new Set(this.#prepared?.folders ?? [])
  }

  #homeToEmpty(): 'home' | 'not_home' {
    return this.#prepared === null ? 'home' : 'not_home'
  }

  #dependencyDirectories(): readonly string[] {
    const { place } = this.#options
    return this.#prepared?.folders.map((folder) => `${place.tree}/${folder}`) ?? []
  }
}
