import { constants } from 'node:fs'
import { open, readlink, realpath } from 'node:fs/promises'
import { dirname, posix } from 'node:path'
import { mayLeadOut } from '../domain/leads-out.ts'
import type { Room } from '../runtime/disk-use.ts'
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
import type { SlotDirectories } from './trees.ts'

interface PristineReport {
  /** What a copy takes on a disk. */
  readonly size: Room
  /** Null where no link and no text names the place of a slot. */
  readonly fault: string | null
}

/**
 * Looks whether what setup left in HOME and these folders of the tree would be the same in every slot: a link or a text that
 * names the place of this one would lead from another into it. No process may write there meanwhile. Throws where that cannot be
 * told: there is too much of it, or its place can be written in many ways.
 */
export async function lookWhetherPristine(
  place: Pick<SlotDirectories, 'directory'>,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<PristineReport> {
  const slot = dirname(place.directory)
  const slots = [dirname(slot), await realpath(dirname(slot))].map((path) => `${path}/`)
  if (!slots.every((path) => PLAIN.test(path))) throw new Error(NOT_PLAIN)
  const places = slots.flatMap(spellingsOf)
  const queue = [...folders.map((folder) => `tree/${folder}`), 'home']
  const faults: string[] = []
  let bytes = 0
  let entries = 0
  await workOff(queue, DIRECTORIES_AT_ONCE, async (folder) => {
    signal.throwIfAborted()
    const directory = diskPath(slot, folder)
    for (const [name, stamp] of await stampsIn(directory, await namesIn(directory))) {
      const path = `${folder}/${name}`
      if (faults.length > 0) return
      if (isLog(path)) continue
      entries += 1
      bytes += Math.ceil(stamp.size / BLOCK_BYTES + 1) * BLOCK_BYTES
      if (isDirectory(stamp)) queue.push(path)
      if (entries > MOST_ENTRIES || bytes > MOST_BYTES) throw new Error(TOO_MUCH)
      const fault = await faultOf({ at: below(directory, name), stamp, path, places })
      if (fault !== null) faults.push(fault)
    }
  })
  return { size: { bytes, entries }, fault: faults[0] ?? null }
}

/** What nobody reads of what package managers write: it names the place where they were started. */
export function isLog(path: string): boolean {
  return path === 'home/.npm/_logs'
}

const DIRECTORIES_AT_ONCE = 8
const BLOCK_BYTES = 4096
const MOST_ENTRIES = 500_000
const MOST_BYTES = 4 * 1024 ** 3
const TOO_MUCH = `it is more than ${MOST_ENTRIES} files or ${MOST_BYTES} bytes`

/** Other characters are written in too many ways to be found in texts. */
const PLAIN = /^[A-Za-z0-9/._-]+$/
const NOT_PLAIN = 'the path of the state directory has characters that programs write in different ways'

/** A path as programs write it: as it is, in JSON of PHP, in a part of an address, in texts of two bytes a character. */
function spellingsOf(path: string): Buffer[] {
  return [
    Buffer.from(path),
    Buffer.from(path.replaceAll('/', '\\/')),
    Buffer.from(encodeURIComponent(path)),
    Buffer.from(path, 'utf16le'),
  ]
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
  const isInside =
    !places.some((place) => target.includes(place)) && staysInside(path, target.toString('latin1'))
  return isInside ? null : `${path} is a link out of its slot, or may be one`
}

/** An absolute one leads to the same place from every slot, unless it names one. */
function staysInside(path: string, target: string): boolean {
  return posix.isAbsolute(target) || !mayLeadOut(path, target)
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
