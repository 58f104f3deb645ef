import { dirname } from 'node:path'
import { deviceOf, freeBytes, writtenSince } from './disk-use.ts'

/** `disk`: it wrote more than it may. `room`: the disk has hardly any room left, and it wrote most of what filled it. */
export type DiskFault = 'disk' | 'room'

/** What is said of a command that was ended to make room. */
export const NO_ROOM =
  'the disk has hardly any room left, and this command wrote most of what filled it; make room there, or run fewer workers'

/** What one command writes, for as long as it runs. */
export interface Guarded {
  /** Whether it has to end. */
  look(): Promise<DiskFault | null>
  /** It has ended by itself: whether it would have had to, however short it ran. */
  lastLook(): Promise<DiskFault | null>
  /** Told once it has ended; may be called twice. */
  end(): void
}

/** How the guard learns what it decides by. */
export interface DiskMeasure {
  readonly device: (path: string) => Promise<number>
  readonly free: (path: string) => Promise<number>
  readonly written: typeof writtenSince
  /** Milliseconds since the epoch, as file systems stamp what changes. */
  readonly now: () => number
}

const REAL: DiskMeasure = {
  device: deviceOf,
  free: freeBytes,
  written: writtenSince,
  now: () => Date.now(),
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
const MOST_RESERVE_BYTES = 1024 ** 3

interface Watched {
  /** Asked how much is left; the command cannot remove it. */
  readonly place: string
  readonly paths: readonly string[]
  readonly since: number
  readonly limitBytes: number
  /** The most that was free while it ran. */
  mostFree: number
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
      mostFree: 0,
      walkedAt: now,
      restsUntil: 0,
    }
    let ended = false
    const disk = this.#diskOf(watched)
    // Whoever looks is told.
    disk.catch(() => {})
    return {
      look: async () => (ended ? null : (await disk).look(watched)),
      lastLook: async () => (await disk).lastLook(watched),
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
    const [device, free] = await Promise.all([this.#measure.device(place), this.#measure.free(place)])
    watched.mostFree = free
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
    if (this.#faults.delete(watched)) this.#restsUntil = this.#measure.now() + CLEARING_MS
  }

  async look(watched: Watched): Promise<DiskFault | null> {
    const free = await this.#freeFor(watched)
    if (free >= reserveOf(watched.mostFree)) return (await this.#isOver(watched, free)) ? 'disk' : null
    if (this.#faults.size === 0 && this.#measure.now() >= this.#restsUntil) {
      this.#comparing ??= this.#compare(free).finally(() => {
        this.#comparing = null
      })
    }
    await this.#comparing
    return this.#faults.get(watched) ?? null
  }

  /** Waits for nobody: what it left is removed only if it is found now. */
  async lastLook(watched: Watched): Promise<DiskFault | null> {
    const free = await this.#freeFor(watched)
    if (free >= reserveOf(watched.mostFree)) return null
    const shares = await this.#shares(free)
    const own = shares.find(({ writer }) => writer === watched)
    if (own !== undefined && own.written > watched.limitBytes) return 'disk'
    return whoFilled(shares) === own ? 'room' : null
  }

  async #freeFor(watched: Watched): Promise<number> {
    const free = await this.#measure.free(watched.place)
    watched.mostFree = Math.max(watched.mostFree, free)
    return free
  }

  /** Walks only where the disk says that it may be so, and now and then, since others may make room meanwhile. */
  async #isOver(watched: Watched, free: number): Promise<boolean> {
    const { limitBytes, mostFree, walkedAt, restsUntil } = watched
    const began = this.#measure.now()
    const isDue = mostFree - free > limitBytes || began - walkedAt >= LONGEST_MS
    if (limitBytes === Infinity || !isDue || began < restsUntil) return false
    const written = await this.#written(watched, limitBytes)
    watched.walkedAt = this.#measure.now()
    watched.restsUntil = watched.walkedAt + (watched.walkedAt - began) / WALKING_SHARE
    return written > limitBytes
  }

  async #compare(free: number): Promise<void> {
    const began = this.#measure.now()
    const shares = await this.#shares(free)
    for (const { writer } of shares.filter(({ writer, written }) => written > writer.limitBytes))
      this.#faults.set(writer, 'disk')
    const most = this.#faults.size > 0 ? null : whoFilled(shares)
    if (most !== null) this.#faults.set(most.writer, 'room')
    const at = this.#measure.now()
    this.#restsUntil = at + (at - began) / URGENT_SHARE
  }

  async #shares(free: number): Promise<Share[]> {
    const shares: Share[] = []
    for (const writer of this.#writers) {
      const written = await this.#written(writer, Infinity)
      shares.push({ writer, written, filled: writer.mostFree - free })
    }
    return shares
  }

  #written({ paths, since }: Watched, most: number): Promise<number> {
    return this.#measure.written(paths, { since, most })
  }
}

/** Below this a disk counts as nearly full. */
export function reserveOf(mostFree: number): number {
  return Math.min(mostFree / 10, MOST_RESERVE_BYTES)
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
export function whoFilled<S extends Pick<Share, 'written' | 'filled'>>(shares: readonly S[]): S | null {
  const least = 2 * (shares.length + 1)
  const guilty = shares.filter(({ written, filled }) => written > 0 && written >= filled / least)
  return guilty.toSorted((one, other) => other.written - one.written)[0] ?? null
}
