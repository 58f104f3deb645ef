import type { TreeId } from '../domain/evidence.ts'
import { OrchestratorError } from '../errors.ts'
import type { Git } from './git.ts'

/** A slot as far as lending it goes. */
export interface PooledSlot<Request, Lent> {
  /** The tree that it last held; null when that is not known. */
  readonly tree: TreeId | null
  rank(request: Request): SlotRank
  /** `release` is called once, when what was lent is given back. */
  lend(request: Request, release: () => void): Promise<Lent>
  /** Puts things in order while nobody waits, so that the next use finds little to do. */
  tidy(): void
  /** Resolves when nothing is under way. */
  idle(): Promise<unknown>
}

/** What becomes of that which is in a slot beside its tree: it is of use, there is nothing of it, or it would be lost. */
export type SlotRank = 0 | 1 | 2

interface SlotPoolOptions<Slot> {
  readonly git: Git
  readonly slots: readonly Slot[]
  /** Makes a slot when none is free; without it, who asks waits. */
  readonly another?: () => Slot
}

/** Lends slots, the nearest first; who waits longest is served first. */
export class SlotPool<
  Request extends { readonly tree: TreeId },
  Lent,
  Slot extends PooledSlot<Request, Lent> = PooledSlot<Request, Lent>,
> {
  readonly #options: SlotPoolOptions<Slot>
  readonly #free: Slot[]
  readonly #all: Slot[]
  readonly #waiting: Waiter<Request, Lent>[] = []
  #serving: Promise<void> = Promise.resolve()
  #isServing = false
  /** When a slot was lent last, as a count of all lendings. */
  readonly #lent = new Map<Slot, number>()
  #lendings = 0
  #closed = false

  constructor(options: SlotPoolOptions<Slot>) {
    this.#options = options
    this.#all = [...options.slots]
    this.#free = [...options.slots]
  }

  /** Those that nobody has now; none once the pool is closed. */
  get free(): readonly Slot[] {
    return this.#closed ? [] : this.#free
  }

  lend(request: Request): Promise<Lent> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError())
      if (this.#waiting.length >= MAX_WAITING) {
        return reject(new OrchestratorError('internal', 'too many wait for a slot'))
      }
      this.#waiting.push({ request, resolve, reject })
      this.#serve()
    })
  }

  /** Turns away who waits and lets what is under way in the slots end. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting.splice(0)) waiter.reject(closedError())
    await this.#serving
    await Promise.all(this.#all.map((slot) => slot.idle()))
  }

  #serve(): void {
    if (!this.#isServing) this.#serving = this.#serveAll()
  }

  /** One choice at a time, so that nobody is overtaken while the nearest slot is looked for. */
  async #serveAll(): Promise<void> {
    this.#isServing = true
    try {
      for (;;) {
        if (this.#waiting.length > 0 && this.#free.length === 0) this.#grow()
        const waiter = this.#free.length > 0 ? this.#waiting.shift() : undefined
        if (waiter === undefined) return
        const slot = await this.#nearest(waiter.request)
        this.#free.splice(this.#free.indexOf(slot), 1)
        this.#lent.set(slot, (this.#lendings += 1))
        void this.#hand(slot, waiter)
      }
    } finally {
      // In the turn that found nothing to do: who asks a moment later must not take this for still serving.
      this.#isServing = false
    }
  }

  #grow(): void {
    const slot = this.#options.another?.()
    if (slot === undefined) return
    this.#all.push(slot)
    this.#free.push(slot)
  }

  async #hand(slot: Slot, waiter: Waiter<Request, Lent>): Promise<void> {
    try {
      waiter.resolve(await slot.lend(waiter.request, () => this.#takeBack(slot)))
    } catch (reason) {
      this.#takeBack(slot)
      waiter.reject(reason)
    }
  }

  #takeBack(slot: Slot): void {
    this.#free.push(slot)
    if (this.#waiting.length === 0 && !this.#closed) slot.tidy()
    this.#serve()
  }

  async #nearest(request: Request): Promise<Slot> {
    const best = Math.min(...this.#free.map((slot) => slot.rank(request)))
    const [first, ...others] = this.#free.filter((slot) => slot.rank(request) === best)
    if (first === undefined) throw new OrchestratorError('internal', 'no slot is free')
    if (others.length === 0) return first
    const measured = await Promise.all(
      [first, ...others].map(async (slot) => ({
        slot,
        // What is in a slot beside its tree is lost where it is least likely to be asked for again.
        distance: best === LOST ? (this.#lent.get(slot) ?? 0) : await this.#distance(slot, request),
      })),
    )
    return measured.reduce((least, one) => (one.distance < least.distance ? one : least)).slot
  }

  /** How many files would have to be written. */
  async #distance(slot: Slot, request: Request): Promise<number> {
    if (slot.tree === null) return Number.MAX_SAFE_INTEGER
    if (slot.tree === request.tree) return 0
    try {
      return (await this.#options.git.diff(slot.tree, request.tree)).length
    } catch {
      // Only a preference hangs on it; a tree that cannot be read is reported when the slot is filled.
      return Number.MAX_SAFE_INTEGER
    }
  }
}

interface Waiter<Request, Lent> {
  readonly request: Request
  readonly resolve: (lent: Lent) => void
  readonly reject: (reason: unknown) => void
}

const MAX_WAITING = 10_000
const LOST: SlotRank = 2

/** Rather a slot in which nothing is kept than one in which something is lost that was kept for somebody else. */
export function rankOf(keptFor: string | null, wanted: string): SlotRank {
  if (keptFor === wanted) return 0
  return keptFor === null ? 1 : LOST
}

function closedError(): OrchestratorError {
  return new OrchestratorError('interrupted', 'the slots are closed')
}
