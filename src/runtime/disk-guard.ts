import { dirname } from 'node:path'
import { deviceOf, type Room, roomAt, writtenSince } from './disk-use.ts'

/**
 * `disk`: it wrote more than it may. `room`: the disk has hardly any room left, and it wrote most of what filled it.
 * `full`: it failed, and others had filled the disk.
 */
export type DiskFault = 'disk' | 'room' | 'full'

/** What is said of a command that failed for the room on the disk, by no fault of its own. */
export const NO_ROOM: Readonly<Record<Exclude<DiskFault, 'disk'>, string>> = {
  room: 'the disk has hardly any room left, and this command wrote most of what filled it; make room there, or run fewer workers',
  full: 'the disk was full while this command ran',
}

/** What one command writes, for as long as it runs. */
export interface Guarded {
  /** Whether it has to end. */
  look(): Promise<DiskFault | null>
  /** It has ended by itself, well or not: whether the disk was at fault, however short it ran. */
  lastLook(failed: boolean): Promise<DiskFault | null>
  /** Told once it has ended; may be called twice. */
  end(): void
}

/** How the guard learns what it decides by. */
interface DiskMeasure {
  readonly device: (path: string) => Promise<number>
  readonly room: (path: string) => Promise<Room>
  readonly written: typeof writtenSince
  /** Milliseconds since the epoch, as file systems stamp what changes. */
  readonly now: () => number
  /** Milliseconds that nobody sets back; for what it waits. */
  readonly monotonic: () => number
}

const REAL: DiskMeasure = {
  device: deviceOf,
  room: roomAt,
  written: writtenSince,
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** File systems take the time of the last tick of the kernel, which is this long ago at most. */
const TICK_MS = 10
/** Walking over what one command wrote takes no more than this share of the time. */
const WALKING_SHARE = 1 / 10
/** And over what all wrote, where the disk has hardly any room left. */
const URGENT_SHARE = 1 / 4
/** After this a command is walked again, however little the disk filled up. */
const LONGEST_MS = 10_000
/** Once somebody was ended, it is not looked for another for so long: what was written has to be removed first. */
const CLEARING_MS = 2_000
/** What is kept in reserve of what was free: one part of so many, and no more than so much. */
const RESERVE = 10
const MOST_RESERVE: Room = { bytes: 1024 ** 3, entries: 100_000 }
/** With less than this writing fails. */
const LEAST: Room = { bytes: 1024 ** 2, entries: 16 }

interface Watched {
  /** Asked how much is left; the command cannot remove it. */
  readonly place: string
  readonly paths: readonly string[]
  /** When it began; earlier where the clock was set back meanwhile. */
  since: number
  readonly limitBytes: number
  /** The most that was left while it ran. */
  most: Room
  /** Nothing at all was left at some time while it ran. */
  sawFull: boolean
  walkedAt: number
  restsUntil: number
}

/**
 * Guards the disks that commands write to, for all commands of one process. What one may write is a limit of its own;
 * where a disk is nearly full, who wrote most of what filled it has to end, one at a time.
 */
export class DiskGuard {
  readonly #measure: DiskMeasure
  readonly #disks = new Map<number, Disk>()

  constructor(measure: DiskMeasure = REAL) {
    this.#measure = measure
  }

  /** `paths`: what the command may write; none of them in another. No limit: it ends only where the disk has no room. */
  guard(paths: readonly [string, ...string[]], limitBytes: number | null): Guarded {
    const now = this.#measure.now()
    const watched: Watched = {
      place: dirname(paths[0]),
      paths,
      since: now - TICK_MS,
      limitBytes: limitBytes ?? Infinity,
      most: { bytes: 0, entries: 0 },
      sawFull: false,
      walkedAt: this.#measure.monotonic(),
      restsUntil: 0,
    }
    let ended = false
    const disk = this.#diskOf(watched)
    // Whoever looks is told.
    disk.catch(() => {})
    return {
      look: async () => (ended ? null : (await disk).look(watched)),
      lastLook: async (failed) => (await disk).lastLook(watched, failed),
      end: () => {
        ended = true
        void disk.then(
          (of) => of.leave(watched),
          () => {},
        )
      },
    }
  }

  async #diskOf(watched: Watched): Promise<Disk> {
    const { place } = watched
    const [device, room] = await Promise.all([this.#measure.device(place), this.#measure.room(place)])
    watched.most = room
    const disk = this.#disks.get(device) ?? new Disk(this.#measure)
    this.#disks.set(device, disk)
    disk.join(watched)
    return disk
  }
}

/** One file system, with all who write to it now. */
class Disk {
  readonly #measure: DiskMeasure
  readonly #writers = new Set<Watched>()
  /** Who has to end, and why. */
  readonly #faults = new Map<Watched, DiskFault>()
  #comparing: Promise<void> | null = null
  #restsUntil = 0

  constructor(measure: DiskMeasure) {
    this.#measure = measure
  }

  join(watched: Watched): void {
    this.#writers.add(watched)
  }

  leave(watched: Watched): void {
    this.#writers.delete(watched)
    if (this.#faults.delete(watched)) this.#restsUntil = this.#measure.monotonic() + CLEARING_MS
  }

  async look(watched: Watched): Promise<DiskFault | null> {
    const room = await this.#roomFor(watched)
    if (!isScarce(room, watched.most)) return (await this.#isOver(watched, room)) ? 'disk' : null
    if (this.#faults.size === 0 && this.#measure.monotonic() >= this.#restsUntil) {
      this.#comparing ??= this.#compare(room).finally(() => {
        this.#comparing = null
      })
    }
    await this.#comparing
    return this.#faults.get(watched) ?? null
  }

  /** Waits for nobody: what it left is removed only if it is found now. */
  async lastLook(watched: Watched, failed: boolean): Promise<DiskFault | null> {
    const room = await this.#roomFor(watched)
    const own = isScarce(room, watched.most) ? await this.#faultOf(watched, room) : null
    return own ?? (failed && watched.sawFull ? 'full' : null)
  }

  async #faultOf(watched: Watched, room: Room): Promise<DiskFault | null> {
    const shares = await this.#shares(room)
    const own = shares.find(({ writer }) => writer === watched)
    if (own !== undefined && own.written > watched.limitBytes) return 'disk'
    return own !== undefined && whoFilled(shares) === own ? 'room' : null
  }

  async #roomFor(watched: Watched): Promise<Room> {
    const room = await this.#measure.room(watched.place)
    const { most } = watched
    watched.most = {
      bytes: Math.max(most.bytes, room.bytes),
      entries: Math.max(most.entries, room.entries),
    }
    // One look tells it of all who write there: who failed may have ended before it is looked at again.
    if (isFull(room)) for (const writer of this.#writers) writer.sawFull = true
    watched.since = Math.min(watched.since, this.#measure.now() - TICK_MS)
    return room
  }

  /** Walks only where the disk says that it may be so, and now and then, since others may make room meanwhile. */
  async #isOver(watched: Watched, room: Room): Promise<boolean> {
    const { limitBytes, most, walkedAt, restsUntil } = watched
    const began = this.#measure.monotonic()
    const isDue = most.bytes - room.bytes > limitBytes || began - walkedAt >= LONGEST_MS
    if (limitBytes === Infinity || !isDue || began < restsUntil) return false
    const written = await this.#written(watched, limitBytes)
    watched.walkedAt = this.#measure.monotonic()
    watched.restsUntil = watched.walkedAt + (watched.walkedAt - began) / WALKING_SHARE
    return written > limitBytes
  }

  async #compare(room: Room): Promise<void> {
    const began = this.#measure.monotonic()
    const shares = await this.#shares(room)
    for (const { writer, written } of shares) if (written > writer.limitBytes) this.#accuse(writer, 'disk')
    const most = this.#faults.size > 0 ? null : whoFilled(shares)
    if (most !== null) this.#accuse(most.writer, 'room')
    const at = this.#measure.monotonic()
    this.#restsUntil = at + (at - began) / URGENT_SHARE
  }

  /** Who has ended while all were compared has to end no more. */
  #accuse(writer: Watched, fault: DiskFault): void {
    if (this.#writers.has(writer)) this.#faults.set(writer, fault)
  }

  async #shares({ bytes }: Room): Promise<Share[]> {
    const shares: Share[] = []
    for (const writer of this.#writers) {
      const written = await this.#written(writer, Infinity)
      shares.push({ writer, written, filled: writer.most.bytes - bytes })
    }
    return shares
  }

  #written({ paths, since }: Watched, most: number): Promise<number> {
    return this.#measure.written(paths, { since, most })
  }
}

/** Whether a disk that had so much room is nearly full. */
export function isScarce(room: Room, most: Room): boolean {
  return (
    room.bytes < Math.min(most.bytes / RESERVE, MOST_RESERVE.bytes) ||
    room.entries < Math.min(most.entries / RESERVE, MOST_RESERVE.entries)
  )
}

function isFull({ bytes, entries }: Room): boolean {
  return bytes < LEAST.bytes || entries < LEAST.entries
}

interface Share {
  readonly writer: Watched
  readonly written: number
  /** By how much the disk filled up while it ran. */
  readonly filled: number
}

/**
 * Who wrote most, where that is more than half of an even share of all writers and of others, whom nobody counts; null
 * where the disk was filled by others.
 */
function whoFilled<S extends Pick<Share, 'written' | 'filled'>>(shares: readonly S[]): S | null {
  const least = 2 * (shares.length + 1)
  const guilty = shares.filter(({ written, filled }) => written > 0 && written >= filled / least)
  return guilty.toSorted((one, other) => other.written - one.written)[0] ?? null
}
