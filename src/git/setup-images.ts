import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Bulkhead } from '../runtime/bulkhead.ts'
import type { Clock } from '../runtime/clock.ts'
import { roomAt } from '../runtime/disk-use.ts'
import { sizeOf } from '../runtime/size-of.ts'
import { copyFolder } from './copy-folder.ts'
import { isDirectory, stampAt } from './disk.ts'
import { restoreFolders, restoreHome, surveyLeft } from './left-by-setup.ts'
import { isLog, lookWhetherPristine } from './pristine.ts'
import { emptyDirectory, removePath } from './remove-path.ts'
import { readSetupRecord, type SetupRecord, writeSetupRecord } from './setup-record.ts'
import { ensurePlace, type SlotPlace, slotPlace } from './slot-place.ts'
import type { SlotDirectories } from './trees.ts'

/** How a slot is set up that holds the files of a tree and nothing else. */
interface SlotSetup {
  /** Runs setup. */
  readonly install: () => Promise<void>
  /** Takes up what was installed, and tells the folders of the tree that it lies in. */
  readonly settle: () => Promise<readonly string[]>
  readonly signal: AbortSignal
}

/**
 * What setup left, copied for the slots that need the same: setup runs once for all of them, and no slot ever sees a file
 * of another. Kept are only images that would be the same in every slot, where no command can see them. One process alone
 * may use a directory.
 */
export class SetupImages {
  readonly #directory: string
  readonly #clock: Pick<Clock, 'now' | 'sleep'>
  /** Who needs what another is installing waits for it. */
  readonly #turns = new Map<string, Bulkhead>()
  /** Of these, each slot has to install its own. */
  readonly #unfit = new Set<string>()

  constructor(directory: string, clock: Pick<Clock, 'now' | 'sleep'>) {
    this.#directory = directory
    this.#clock = clock
  }

  /** Sets a slot up: by a copy, else by running setup, of which a copy is kept. `key`: equal where the same is installed. */
  async bring(key: string, place: SlotDirectories, { install, settle, signal }: SlotSetup): Promise<void> {
    const turn = this.#turns.get(key) ?? new Bulkhead(1)
    this.#turns.set(key, turn)
    const isDone = await turn.within({ rank: 0, signal }, async () => {
      if (this.#unfit.has(key)) return false
      if (await this.#copyTo(place, key)) {
        await settle()
        return true
      }
      await install()
      await this.#keep(key, { place, folders: await settle() })
      return true
    })
    if (isDone) return
    await install()
    await settle()
  }

  /** False, and nothing is left of it, where there is no image that can be copied there. */
  async #copyTo({ directory: tree, home }: SlotDirectories, key: string): Promise<boolean> {
    const { place: image, record: file } = this.#imageOf(key)
    const record = await readSetupRecord(file)
    if (record?.key !== key || !(await areFree(tree, record.folders))) return false
    try {
      if (!(await isUntouched(image, record))) return false
      for (const folder of record.folders) await copyInto(image.tree, tree, folder)
      await copyFolder(image.home, home)
      const usedAt = this.#clock.now() / 1000
      await utimes(file, usedAt, usedAt)
      return true
    } catch {
      // The disk is full or the image is gone: setup meets what is really wrong, and tells it.
      for (const folder of record.folders) await removePath(join(tree, folder), `${tree}-trash`)
      await emptyDirectory(home, `${home}-trash`)
      return false
    }
  }

  /** Where there can be no image, or it does not succeed, only time is lost: each slot is set up by itself. */
  async #keep(
    key: string,
    left: { readonly place: SlotDirectories; readonly folders: readonly string[] },
  ): Promise<void> {
    try {
      if (await this.#wasKept(key, left)) return
    } catch {
      // See above.
    }
    this.#unfit.add(key)
    await this.#discard(key).catch(() => {
      // It has no record, so nobody takes it for an image.
    })
  }

  async #wasKept(
    key: string,
    { place, folders }: { readonly place: SlotDirectories; readonly folders: readonly string[] },
  ): Promise<boolean> {
    const slot = dirname(place.directory)
    const found = await lookWhetherPristine(slot, [...folders.map((folder) => `tree/${folder}`), 'home'])
    if (found.fault !== null || !folders.every((folder) => folder.isWellFormed())) return false
    await this.#discard(key)
    if (!(await this.#hasRoom(found))) return false
    const { place: image, record } = this.#imageOf(key)
    await ensurePlace(image)
    for (const folder of folders) await copyInto(place.directory, image.tree, folder)
    await copyFolder(place.home, image.home, (path) => isLog(`home/${path}`))
    await writeSetupRecord(record, {
      key,
      guarded: false,
      ...(await surveyLeft(image, this.#clock, folders)),
    })
    return true
  }

  /** Makes room where it must: the image that nobody used for longest goes first. */
  async #hasRoom({ bytes, entries }: { readonly bytes: number; readonly entries: number }): Promise<boolean> {
    const images = await this.#byLastUse()
    let kept = images.reduce((sum, image) => sum + image.bytes, 0)
    for (const image of images) {
      if (kept + bytes <= MOST_BYTES) break
      await this.#remove(image.name)
      kept -= image.bytes
    }
    const room = await roomAt(this.#directory)
    return room.bytes > SPARE * bytes + RESERVE_BYTES && room.entries > SPARE * entries
  }

  async #byLastUse(): Promise<{ readonly name: string; readonly bytes: number }[]> {
    await mkdir(this.#directory, { recursive: true })
    const names = new Set((await readdir(this.#directory)).map((name) => name.split('.')[0] ?? name))
    const images = await Promise.all(
      [...names].map(async (name) => ({
        name,
        bytes: await sizeOf(join(this.#directory, name)),
        // What has no record was never finished.
        usedMs: await stat(recordOf(this.#directory, name)).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      })),
    )
    return images.toSorted((one, other) => one.usedMs - other.usedMs)
  }

  #discard(key: string): Promise<void> {
    return this.#remove(nameOf(key))
  }

  /** Its record first: without one it is no image. */
  async #remove(name: string): Promise<void> {
    await rm(recordOf(this.#directory, name), { force: true })
    await removePath(join(this.#directory, name), join(this.#directory, TRASH))
  }

  #imageOf(key: string): { readonly place: SlotPlace; readonly record: string } {
    const name = nameOf(key)
    return { place: slotPlace(this.#directory, name), record: recordOf(this.#directory, name) }
  }
}

/** Of all images of a repository together. */
const MOST_BYTES = 8 * 1024 ** 3
/** An image is kept only where as much fits on the disk twice, and this besides. */
const SPARE = 2
const RESERVE_BYTES = 1024 ** 3
const TRASH = 'trash'

function nameOf(key: string): string {
  return `image_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
}

function recordOf(directory: string, name: string): string {
  return join(directory, `${name}.json`)
}

async function isUntouched(image: SlotPlace, record: SetupRecord): Promise<boolean> {
  return (await restoreHome(image, record)) && (await restoreFolders(image, record))
}

/** Whether the folders can be put there: the same setup may leave them in a tree that has something else in their place. */
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

async function copyInto(from: string, to: string, folder: string): Promise<void> {
  await mkdir(join(to, folder), { recursive: true })
  await copyFolder(join(from, folder), join(to, folder))
}
