import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TreeId } from '../domain/evidence.ts'
import { messageOf } from '../errors.ts'
import { Bulkhead } from '../runtime/bulkhead.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Room, roomAt } from '../runtime/disk-use.ts'
import { copyFolder } from './copy-folder.ts'
import { isDirectory, stampAt } from './disk.ts'
import type { Git } from './git.ts'
import type { IncludedFiles } from './included-files.ts'
import { restoreFolders, restoreHome, surveyLeft } from './left-by-setup.ts'
import { isLog, lookWhetherPristine } from './pristine.ts'
import { emptyDirectory, removePath } from './remove-path.ts'
import { readSetupRecord, type SetupRecord, writeSetupRecord } from './setup-record.ts'
import { type SlotPlace, slotPlace } from './slot-place.ts'
import { SlotTree } from './slot-tree.ts'
import type { SlotDirectories } from './trees.ts'

/** What is to be installed: equal keys and equal trees come to the same files. An image of another tree gives way. */
export interface ImageWanted {
  readonly key: string
  /** Among whose files setup runs. */
  readonly tree: TreeId
}

/** How an image is made where there is none. */
interface ImageSetup {
  /** Runs setup in a place that holds the files of the tree and nothing else. */
  readonly install: (place: SlotDirectories) => Promise<void>
  readonly signal: AbortSignal
}

interface SetupImagesOptions {
  readonly git: Git
  /** Where no command sees it but setup its own place. One process alone may use it. */
  readonly directory: string
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  /** Which files the tree has beside its own. Default: none. */
  readonly included?: IncludedFiles
  /** Told why there is no image, once for each. */
  readonly onUnfit: (reason: string) => void
  /** Of all images together. Default 8 GiB. */
  readonly mostBytes?: number
  /** Default: as the file system says. */
  readonly room?: (path: string) => Promise<Room>
}

/**
 * What setup leaves, copied for the slots that need the same. Setup runs once for all of them, in a place in which neither
 * an agent nor a test ever runs, and no slot sees a file of another. Kept are only images that are the same in every slot.
 */
export class SetupImages {
  readonly #options: SetupImagesOptions
  readonly #room: (path: string) => Promise<Room>
  /** By name: who copies shares it, who makes an image has it alone. Who needs what is being installed waits. */
  readonly #locks = new Map<string, Bulkhead>()
  /** Images that could not be kept while this process lives, by name. */
  readonly #unfit = new Set<string>()
  /** How often setup failed, by name. */
  readonly #failures = new Map<string, number>()

  constructor(options: SetupImagesOptions) {
    this.#options = options
    this.#room = options.room ?? roomAt
  }

  /**
   * Puts what setup leaves into a slot that holds the files of the tree and nothing else. False, and nothing is left of it,
   * where the slot has to be set up by itself. Throws what setup throws, where it runs for this slot.
   */
  async copyTo(place: SlotDirectories, wanted: ImageWanted, setup: ImageSetup): Promise<boolean> {
    const { signal } = setup
    const name = nameOf(wanted)
    const lock = this.#lockOf(name)
    const copied = (): Promise<boolean> =>
      lock.within({ rank: 0, signal }, () => this.#copied(place, wanted, signal))
    if (await this.#isUnfit(name)) return false
    const failures = this.#failures.get(name)
    if (await copied()) return true
    await lock.within({ rank: 0, exclusive: true, signal }, async () => {
      // Who waited for one that failed tries for itself, and not one after the other.
      if (this.#failures.get(name) !== failures || (await this.#isUnfit(name))) return
      if (!(await this.#isThere(wanted))) await this.#make(wanted, setup)
    })
    return await copied()
  }

  /** Whether there was one; it is none any more. */
  async discard(wanted: ImageWanted, signal: AbortSignal): Promise<boolean> {
    const name = nameOf(wanted)
    return await this.#lockOf(name).within({ rank: 0, exclusive: true, signal }, async () => {
      const wasThere = await this.#isThere(wanted)
      await this.#fault(signal, () => this.#discard(name))
      return wasThere
    })
  }

  /** No slot gets a copy of it any more, in no other process either. */
  async giveUp(wanted: ImageWanted, reason: string, signal: AbortSignal): Promise<void> {
    const name = nameOf(wanted)
    const refuse = (): Promise<void> => this.#refuse(name, reason, signal)
    await this.#lockOf(name).within({ rank: 0, exclusive: true, signal }, refuse)
  }

  /** False, and nothing is left of it, where there is no image that can be copied there. */
  async #copied(
    { directory: tree, home }: SlotDirectories,
    wanted: ImageWanted,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { place: image, record: file } = this.#placesOf(nameOf(wanted))
    let record: SetupRecord | null = null
    try {
      record = await this.#intact(wanted)
      if (record === null || !(await areFree(tree, record.folders))) return false
      if (!hasRoom(await this.#room(dirname(tree)), sizeOf(record))) return false
      for (const folder of record.folders) await copyInto(image.tree, tree, { folder, signal })
      await copyFolder(image.home, home, { signal, leaveOut: (path) => isLog(`home/${path}`) })
      const usedAt = this.#options.clock.now() / 1000
      await utimes(file, usedAt, usedAt)
      return true
    } catch {
      // The disk is full or the image is gone: setup meets what is really wrong, and tells it.
      for (const folder of record?.folders ?? []) await removePath(join(tree, folder), `${tree}-trash`)
      await emptyDirectory(home, `${home}-trash`)
      signal.throwIfAborted()
      return false
    }
  }

  /** The record of an image that nobody changed; null where there is none. */
  async #intact(wanted: ImageWanted): Promise<SetupRecord | null> {
    const { place: image, record: file } = this.#placesOf(nameOf(wanted))
    const record = await readSetupRecord(file)
    if (record?.key !== idOf(wanted)) return null
    return (await restoreHome(image, record)) && (await restoreFolders(image, record)) ? record : null
  }

  async #isThere(wanted: ImageWanted): Promise<boolean> {
    return (await this.#intact(wanted).catch(() => null)) !== null
  }

  /** Where there can be no image, or it does not succeed, only time is lost: each slot is set up by itself. */
  async #make(wanted: ImageWanted, { install, signal }: ImageSetup): Promise<void> {
    const name = nameOf(wanted)
    const { place } = this.#placesOf(name)
    const tree = this.#treeAt(place)
    const failed = await this.#fault(signal, () => this.#begin(name, tree, wanted))
    if (failed !== null) return this.#doWithout(name, failed)
    const begun = await stampAt(place.tree)
    try {
      await install({ slot: name, directory: place.tree, home: place.home, temp: place.temp })
    } catch (thrown) {
      await this.#fault(signal, () => this.#discard(name))
      // One that was stopped says nothing of what would have come of it.
      if (!signal.aborted) this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1)
      throw thrown
    }
    const kept: { refused: string | null } = { refused: null }
    const fault = await this.#fault(signal, async () => {
      if ((await stampAt(place.tree))?.ino !== begun?.ino) throw new Error('somebody else removed it')
      kept.refused = await this.#keep(wanted, tree, signal)
    })
    if (kept.refused !== null) await this.#refuse(name, kept.refused, signal)
    else if (fault !== null) {
      await this.#fault(signal, () => this.#discard(name))
      this.#doWithout(name, fault)
    }
  }

  #treeAt(place: SlotPlace): SlotTree {
    const { git, included } = this.#options
    return new SlotTree(git, place, { included, hasGit: false })
  }

  /** What went wrong; null where nothing did. */
  async #fault(signal: AbortSignal, work: () => Promise<void>): Promise<string | null> {
    try {
      await work()
      return null
    } catch (thrown) {
      signal.throwIfAborted()
      return messageOf(thrown)
    }
  }

  /** Before setup runs: room for anything at all, if need be by giving others up. */
  async #begin(name: string, tree: SlotTree, wanted: ImageWanted): Promise<void> {
    await this.#discard(name)
    await mkdir(this.#options.directory, { recursive: true })
    await this.#requireRoom(name, { bytes: 0, entries: 0 })
    await tree.fill(wanted.tree)
    await tree.handOut()
  }

  /** Throws where there is no room for so much, not even without the other images. */
  async #requireRoom(name: string, needed: Room): Promise<void> {
    const { directory } = this.#options
    if (hasRoom(await this.#room(directory), needed)) return
    await this.#makeWay(name, Infinity)
    if (!hasRoom(await this.#room(directory), needed)) throw new Error('there is not enough room on the disk')
  }

  /** Why it is not the same everywhere, and never will be; null where it is kept. Throws where there is no room. */
  async #keep(wanted: ImageWanted, tree: SlotTree, signal: AbortSignal): Promise<string | null> {
    const { place } = tree
    const { clock } = this.#options
    // What setup left elsewhere in the tree is the work of a build.
    await tree.fill(wanted.tree)
    const folders = tree.dependencies
    if (!folders.every((folder) => folder.isWellFormed())) return 'a folder of it has a name that is no text'
    const { size, fault } = await lookWhetherPristine({ directory: place.tree }, folders, signal)
    if (fault !== null) return fault
    if (size.entries === 0) throw new Error('it left nothing')
    await this.#makeWay(nameOf(wanted), size.bytes)
    await this.#requireRoom(nameOf(wanted), size)
    const left = await surveyLeft(place, clock, folders)
    await writeSetupRecord(this.#placesOf(nameOf(wanted)).record, { key: idOf(wanted), size, ...left })
    return null
  }

  /** What nobody used for longest goes first, and nothing that is in use. Half an image, which has no record, goes before all. */
  async #makeWay(forName: string, bytes: number): Promise<void> {
    const { directory, mostBytes = MOST_BYTES } = this.#options
    for (const name of await readdir(directory))
      if (name.endsWith('.trash')) await removePath(join(directory, name), `${join(directory, name)}.old`)
    const others = (await imagesByLastUse(directory)).filter(({ name }) => name !== forName)
    let kept = others.reduce((sum, image) => sum + image.bytes, 0)
    for (const image of others) {
      if (image.isWhole && kept + bytes <= mostBytes) return
      const lock = this.#lockOf(image.name)
      // Taken at once: nobody can come to use it before it is gone.
      if (lock.inUse > 0) continue
      await lock.within({ rank: 0, exclusive: true }, () => this.#discard(image.name))
      kept -= image.bytes
    }
  }

  async #isUnfit(name: string): Promise<boolean> {
    if (this.#unfit.has(name)) return true
    const reason = await readFile(this.#placesOf(name).unfit, 'utf8').catch(() => null)
    if (reason !== null) this.#doWithout(name, reason)
    return reason !== null
  }

  /** For good: what is installed by this key is not the same everywhere. Where that cannot be written down, it is found again. */
  async #refuse(name: string, reason: string, signal: AbortSignal): Promise<void> {
    this.#doWithout(name, reason)
    await this.#fault(signal, async () => {
      await this.#discard(name)
      await writeFile(this.#placesOf(name).unfit, reason)
    })
  }

  #doWithout(name: string, reason: string): void {
    if (this.#unfit.has(name)) return
    this.#unfit.add(name)
    this.#options.onUnfit(reason)
  }

  /** Its record first: without one it is no image. */
  async #discard(name: string): Promise<void> {
    const { place, record } = this.#placesOf(name)
    await rm(record, { force: true })
    await removePath(place.slot, `${place.slot}.trash`)
  }

  #placesOf(name: string): { readonly place: SlotPlace; readonly record: string; readonly unfit: string } {
    const { directory } = this.#options
    return {
      place: slotPlace(directory, name),
      record: join(directory, `${name}.json`),
      unfit: join(directory, `${name}.unfit`),
    }
  }

  #lockOf(name: string): Bulkhead {
    const lock = this.#locks.get(name) ?? new Bulkhead(MOST_COPIES)
    this.#locks.set(name, lock)
    return lock
  }
}

const MOST_BYTES = 8 * 1024 ** 3
/** Of one image at the same time. */
const MOST_COPIES = 16
/** What stays free on the disk besides. */
const RESERVE_BYTES = 1024 ** 3

function hasRoom(room: Room, needed: Room): boolean {
  return room.bytes > needed.bytes + RESERVE_BYTES && room.entries > needed.entries
}

function sizeOf({ size }: SetupRecord): Room {
  return size ?? { bytes: Infinity, entries: Infinity }
}

function nameOf({ key }: ImageWanted): string {
  return `image_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
}

function idOf({ key, tree }: ImageWanted): string {
  return `${key} ${tree}`
}

interface KeptImage {
  readonly name: string
  /** It has a record. */
  readonly isWhole: boolean
  readonly bytes: number
}

async function imagesByLastUse(directory: string): Promise<KeptImage[]> {
  const names = (await readdir(directory)).filter((name) => /^image_[0-9a-f]+$/.test(name))
  const images: (KeptImage & { readonly usedMs: number })[] = []
  for (const name of names) {
    const file = join(directory, `${name}.json`)
    const record = await readSetupRecord(file)
    const usedMs = record === null ? 0 : (await stat(file)).mtimeMs
    images.push({ name, isWhole: record !== null, bytes: record?.size?.bytes ?? 0, usedMs })
  }
  return images.toSorted((one, other) => one.usedMs - other.usedMs)
}

/** Whether the folders can be put there: nothing is in their place, and no link on the way. */
async function areFree(tree: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const parts = folder.split('/')
    for (const [index] of parts.entries()) {
      const stamp = await stampAt(join(tree, ...parts.slice(0, index + 1)))
      if (stamp === null) break
      if (!isDirectory(stamp) || index === parts.length - 1) return false
    }
  }
  return true
}

async function copyInto(
  from: string,
  to: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  await mkdir(join(to, folder), { recursive: true })
  await copyFolder(join(from, folder), join(to, folder), { signal })
}
