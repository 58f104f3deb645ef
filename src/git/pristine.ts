import { constants } from 'node:fs'
import { open, readlink } from 'node:fs/promises'
import { posix } from 'node:path'
import { workOff } from './bounded.ts'
import {
  below,
  diskPath,
  isDirectory,
  isLink,
  isRegular,
  kindOf,
  namesIn,
  type Stamp,
  stampsIn,
} from './disk.ts'

/** How much there is below the folders of a slot, and why it would be wrong in another one. */
interface PristineReport {
  readonly bytes: number
  readonly entries: number
  /** Null where no link and no text names the place of a slot. */
  readonly fault: string | null
}

/**
 * Looks whether what setup left would be the same in every slot: a link or a text that names the place of this one would
 * lead from another into it. `folders` are relative to the slot. No process may write there meanwhile.
 */
export async function lookWhetherPristine(slot: string, folders: readonly string[]): Promise<PristineReport> {
  const places = spellingsOf(`${posix.dirname(slot)}/`)
  const queue = [...folders]
  const faults: string[] = []
  let bytes = 0
  let entries = 0
  await workOff(queue, DIRECTORIES_AT_ONCE, async (folder) => {
    const directory = diskPath(slot, folder)
    for (const [name, stamp] of await stampsIn(directory, await namesIn(directory))) {
      const path = `${folder}/${name}`
      if (faults.length > 0) return
      if (isLog(path)) continue
      entries += 1
      if (isDirectory(stamp)) queue.push(path)
      else if (isRegular(stamp)) bytes += stamp.size
      const isTooMuch = entries > MOST_ENTRIES || bytes > MOST_BYTES
      const fault = isTooMuch ? TOO_MUCH : await faultOf({ at: below(directory, name), stamp, path, places })
      if (fault !== null) faults.push(fault)
    }
  })
  return { bytes, entries, fault: faults[0] ?? null }
}

/** What nobody reads of what package managers write: it names the place where they were started. */
export function isLog(path: string): boolean {
  return path === 'home/.npm/_logs'
}

const DIRECTORIES_AT_ONCE = 8
const MOST_ENTRIES = 500_000
const MOST_BYTES = 4 * 1024 ** 3
const TOO_MUCH = `it is more than ${MOST_ENTRIES} files or ${MOST_BYTES} bytes`

/** A path as programs write it into texts and addresses. */
function spellingsOf(path: string): Buffer[] {
  const spellings = new Set([path, encodeURI(path), JSON.stringify(path).slice(1, -1)])
  return [...spellings].map((spelling) => Buffer.from(spelling))
}

interface Entry {
  readonly at: string | Buffer
  readonly stamp: Stamp
  /** Relative to the slot. */
  readonly path: string
  readonly places: readonly Buffer[]
}

async function faultOf({ at, stamp, path, places }: Entry): Promise<string | null> {
  if (isDirectory(stamp)) return null
  if (isRegular(stamp)) return (await holdsAny(at, places)) ? `${path} names the place of its slot` : null
  if (!isLink(stamp)) return `${path} is ${kindOf(stamp)}`
  const target = await readlink(at, { encoding: 'buffer' })
  const text = target.toString('latin1')
  const leads = posix.isAbsolute(text) ? text : posix.join(posix.dirname(path), text)
  const isInside = leads.split('/')[0] !== '..' && !places.some((place) => target.includes(place))
  return isInside ? null : `${path} is a link to the place of a slot`
}

const READ_BYTES = 1024 * 1024

/** Reads in parts: what lies across the end of one is found with the next. */
async function holdsAny(file: string | Buffer, texts: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...texts.map((text) => text.length)) - 1
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  const { size } = await handle.stat()
  const buffer = Buffer.allocUnsafe(Math.min(size, READ_BYTES) + overlap)
  for (let kept = 0, read = 0; read < size; ) {
    const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, null)
    if (bytesRead === 0) return false
    const filled = buffer.subarray(0, kept + bytesRead)
    if (texts.some((text) => filled.includes(text))) return true
    read += bytesRead
    kept = Math.min(overlap, filled.length)
    filled.copy(buffer, 0, filled.length - kept)
  }
  return false
}
