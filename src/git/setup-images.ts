import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../errors.ts'
import { Bulkhead } from '../runtime/bulkhead.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Room, roomAt, writtenSince } from '../runtime/disk-use.ts'
import { copyFolder } from './copy-folder.ts'
import { isDirectory, stampAt } from './disk.ts'
import { restoreFolders, restoreHome, surveyLeft } from './left-by-setup.ts'
import { isLog, lookWhetherPristine } from './pristine.ts'
import { emptyDirectory, removePath } from './remove-path.ts'
import { readSetupRecord, type SetupRecord, writeSetupRecord } from './setup-record.ts'
import { ensurePlace, type SlotPlace, slotPlace } from './slot-place.ts'
import type { SlotDirectories } from './trees.ts'

/** What is to be installed: equal keys and equal trees come to the same files. An image of another tree gives way. */
export interface ImageWanted {
  readonly key: string
  /** Among whose files setup runs. */
  readonly tree: string
}

/** How a slot is set up that holds the files of the tree and nothing else. */
export interface SlotSetup {
  /** Runs setup. */
  readonly install: () => Promise<void>
  /** Takes up what was installed, and tells the folders of the tree that it lies in. Called once. */
  readonly settle: () => Promise<readonly string[]>
  /** Whether a copy is kept of what setup left: only where no agent ever worked. */
  readonly keeps: boolean
  /** Runs setup although there is an image, which is given up. */
  readonly anew: boolean
  readonly signal: AbortSignal
}

interface SetupImagesOptions {
  /** Where no command sees it. One process alone may use it. */
  readonly directory: string
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  /** Told why there is no image, once for each. */
  readonly onUnfit: (reason: string) => void
  /** Of all images together. Default 8 GiB. */
  readonly mostBytes?: number
  /** Default: as the file system says. */
  readonly room?: (path: string) => Promise<Room>
}

/**
 * What setup left, copied for the slots that need the same: setup runs once for all of them, and no slot ever sees a file
 * of another. Kept are only images that would be the same in every slot.
 */
export class SetupImages {
  readonly #options: SetupImagesOptions
  readonly #room: (path: string) => Promise<Room>
  /** By name: who copies shares it, who makes an image has it alone. Who needs what is being installed waits. */
  readonly #locks = new Map<string, Bulkhead>()
  /** One image at a time is made, so that room is asked for one. */
  readonly #keeping = new Bulkhead(1)
  /** Of these, each slot has to install its own. */
  readonly #unfit = new Set<string>()

  constructor(options: SetupImagesOptions) {
    this.#options = options
    this.#room = options.room ?? roomAt
  }

  /** Sets a slot up: by a copy, else by running setup. */
  async bring(wanted: ImageWanted, place: SlotDirectories, setup: SlotSetup): Promise<void> {
    const { install, settle, keeps, anew, signal } = setup
    const lock = this.#lockOf(nameOf(wanted))
    const copied = (): Promise<boolean> => this.#copyTo(place, wanted, signal)
    if (!anew && (await lock.within({ rank: 0, signal }, copied))) return void (await settle())
    const alone = async (): Promise<void> => {
      await install()
      await settle()
    }
    if (!keeps || this.#unfit.has(idOf(wanted))) return await alone()
    await lock.within({ rank: 0, exclusive: true, signal }, async () => {
      if (this.#unfit.has(idOf(wanted))) return await alone()
      // Another one installed it while this one waited.
      if (!anew && (await copied())) return void (await settle())
      await this.#discard(nameOf(wanted))
      try {
        await install()
      } catch (thrown) {
        // Who waits tries for itself, and not one after the other.
        this.#unfit.add(idOf(wanted))
        throw thrown
      }
      await this.#keep(wanted, { place, folders: await settle(), signal })
    })
  }

  /** Whether setup has to run for an image, and one can be kept as far as is known. */
  async isMissing(wanted: ImageWanted): Promise<boolean> {
    if (this.#unfit.has(idOf(wanted))) return false
    const record = await readSetupRecord(this.#placesOf(nameOf(wanted)).record)
    return record?.key !== idOf(wanted)
  }

  /** False, and nothing is left of it, where there is no image that can be copied there. */
  async #copyTo(
    { directory: tree, home }: SlotDirectories,
    wanted: ImageWanted,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#unfit.has(idOf(wanted))) return false
    const { place: image, record: file } = this.#placesOf(nameOf(wanted))
    const record = await readSetupRecord(file)
    if (record?.key !== idOf(wanted) || !(await areFree(tree, record.folders))) return false
    const { bytes, entries } = record.size ?? { bytes: Infinity, entries: Infinity }
    if (!hasRoom(await this.#room(dirname(tree)), { bytes, entries })) return false
    try {
      if (!(await isUntouched(image, record))) return false
      for (const folder of record.folders) await copyInto(image.tree, tree, { folder, signal })
      await copyFolder(image.home, home, { signal })
      const usedAt = this.#options.clock.now() / 1000
      await utimes(file, usedAt, usedAt)
      return true
    } catch {
      // The disk is full or the image is gone: setup meets what is really wrong, and tells it.
      for (const folder of record.folders) await removePath(join(tree, folder), `${tree}-trash`)
      await emptyDirectory(home, `${home}-trash`)
      signal.throwIfAborted()
      return false
    }
  }

  /** Where there can be no image, or it does not succeed, only time is lost: each slot is set up by itself. */
  async #keep(wanted: ImageWanted, left: Left): Promise<void> {
    const { signal } = left
    const reason = await this.#keeping
      .within({ rank: 0, signal }, () => this.#tryToKeep(wanted, left))
      .catch((thrown: unknown) => messageOf(thrown))
    if (reason === null) return
    await this.#discard(nameOf(wanted)).catch(() => {
      // It has no record, so nobody takes it for an image.
    })
    signal.throwIfAborted()
    this.#unfit.add(idOf(wanted))
    this.#options.onUnfit(reason)
  }

  /** Why it was not kept; null where it was. */
  async #tryToKeep(wanted: ImageWanted, { place, folders, signal }: Left): Promise<string | null> {
    if (!folders.every((folder) => folder.isWellFormed())) return 'a folder of it has a name that is no text'
    const found = await lookWhetherPristine(place, folders, signal)
    if (found.fault !== null) return found.fault
    const { size } = found
    await mkdir(this.#options.directory, { recursive: true })
    const twice = { bytes: 2 * size.bytes, entries: 2 * size.entries }
    if (!hasRoom(await this.#room(this.#options.directory), twice))
      return 'there is not enough room on the disk'
    await this.#makeWay(size.bytes)
    const { place: image, record } = this.#placesOf(nameOf(wanted))
    await ensurePlace(image)
    for (const folder of folders) await copyInto(place.directory, image.tree, { folder, signal })
    await copyFolder(place.home, image.home, { signal, leaveOut: (path) => isLog(`home/${path}`) })
    const left = await surveyLeft(image, this.#options.clock, folders)
    await writeSetupRecord(record, { key: idOf(wanted), guarded: false, size, ...left })
    return null
  }

  /** What nobody used for longest goes first, and nothing that is in use. */
  async #makeWay(bytes: number): Promise<void> {
    const { directory, mostBytes = MOST_BYTES } = this.#options
    const images = await imagesByLastUse(directory)
    let kept = images.reduce((sum, image) => sum + image.bytes, 0)
    for (const image of images) {
      if (kept + bytes <= mostBytes) return
      if (this.#lockOf(image.name).inUse > 0) continue
      await this.#discard(image.name)
      kept -= image.bytes
    }
  }

  /** Its record first: without one it is no image. */
  async #discard(name: string): Promise<void> {
    const { place, record } = this.#placesOf(name)
    await rm(record, { force: true })
    await removePath(place.slot, `${place.slot}.trash`)
  }

  #placesOf(name: string): { readonly place: SlotPlace; readonly record: string } {
    const { directory } = this.#options
    return { place: slotPlace(directory, name), record: join(directory, `${name}.json`) }
  }

  #lockOf(name: string): Bulkhead {
    const lock = this.#locks.get(name) ?? new Bulkhead(MOST_COPIES)
    this.#locks.set(name, lock)
    return lock
  }
}

interface Left {
  readonly place: SlotDirectories
  readonly folders: readonly string[]
  readonly signal: AbortSignal
}

const MOST_BYTES = 8 * 1024 ** 3
/** Of one image at the same time. */
const MOST_COPIES = 16
/** What stays free on the disk besides. */
const RESERVE_BYTES = 1024 ** 3

function hasRoom(room: Room, needed: Room): boolean {
  return room.bytes > needed.bytes + RESERVE_BYTES && room.entries > needed.entries
}

function nameOf({ key }: ImageWanted): string {
  return `image_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
}

function idOf({ key, tree }: ImageWanted): string {
  return `${key} ${tree}`
}

/** Half an image, which has no record, goes before all others. */
async function imagesByLastUse(
  directory: string,
): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const names = new Set(
    (await readdir(directory)).flatMap((name) => /^image_[0-9a-f]+/.exec(name)?.[0] ?? []),
  )
  const images: { name: string; bytes: number; usedMs: number }[] = []
  for (const name of names) {
    const usedMs = await stat(join(directory, `${name}.json`)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
    const bytes = await writtenSince([join(directory, name)], { since: -Infinity, most: Infinity })
    images.push({ name, bytes, usedMs })
  }
  return images.toSorted((one, other) => one.usedMs - other.usedMs)
}

async function isUntouched(image: SlotPlace, record: SetupRecord): Promise<boolean> {
  return (await restoreHome(image, record)) && (await restoreFolders(image, record))
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
