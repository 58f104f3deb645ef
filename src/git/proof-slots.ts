import { OrchestratorError } from '../errors.ts'
import type { Git } from './git.ts'
import type { ProofSlot } from './proof-slot.ts'
import type { ProofTree, ProofTreeRequest } from './trees.ts'

/** Lends a fixed number of slots; who waits longest is served first. */
export class ProofSlots {
  readonly #git: Git
  readonly #free: ProofSlot[]
  readonly #all: readonly ProofSlot[]
  readonly #waiting: Waiter[] = []
  #serving: Promise<void> | null = null
  /** When a slot was lent last, as a count of all lendings. */
  readonly #lent = new Map<ProofSlot, number>()
  #lendings = 0
  #closed = false

  constructor(git: Git, slots: readonly ProofSlot[]) {
    this.#git = git
    this.#all = slots
    this.#free = [...slots]
  }

  lend(request: ProofTreeRequest): Promise<ProofTree> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError())
      if (this.#waiting.length >= MAX_WAITING) {
        return reject(new OrchestratorError('internal', 'too many proofs wait for a slot'))
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
    this.#serving ??= this.#serveAll().finally(() => {
      this.#serving = null
    })
  }

  /** One choice at a time, so that nobody is overtaken while the nearest slot is looked for. */
  async #serveAll(): Promise<void> {
    for (;;) {
      const waiter = this.#free.length > 0 ? this.#waiting.shift() : undefined
      if (waiter === undefined) return
      const slot = await this.#nearest(waiter.request)
      this.#free.splice(this.#free.indexOf(slot), 1)
      this.#lent.set(slot, (this.#lendings += 1))
      void this.#hand(slot, waiter)
    }
  }

  async #hand(slot: ProofSlot, waiter: Waiter): Promise<void> {
    try {
      waiter.resolve(await slot.lend(waiter.request, () => this.#takeBack(slot)))
    } catch (reason) {
      this.#takeBack(slot)
      waiter.reject(reason)
    }
  }

  #takeBack(slot: ProofSlot): void {
    this.#free.push(slot)
    if (this.#waiting.length === 0 && !this.#closed) slot.tidy()
    this.#serve()
  }

  async #nearest(request: ProofTreeRequest): Promise<ProofSlot> {
    const ranked = await Promise.all(
      this.#free.map(async (slot) => ({
        slot,
        rank: rankOf(slot, request),
        distance: await this.#distance(slot, request),
        lent: this.#lent.get(slot) ?? 0,
      })),
    )
    ranked.sort(
      (left, right) =>
        left.rank - right.rank ||
        // What setup installed is lost where it is least likely to be asked for again.
        (left.rank === SETUP_IS_LOST ? left.lent - right.lent : left.distance - right.distance),
    )
    const [first] = ranked
    if (first === undefined) throw new OrchestratorError('internal', 'no proof slot is free')
    return first.slot
  }

  /** How many files would have to be written. */
  async #distance(slot: ProofSlot, request: ProofTreeRequest): Promise<number> {
    if (slot.tree === null) return Number.MAX_SAFE_INTEGER
    if (slot.tree === request.tree) return 0
    try {
      return (await this.#git.diff(slot.tree, request.tree)).length
    } catch {
      // Only a preference hangs on it; a tree that cannot be read is reported when the slot is filled.
      return Number.MAX_SAFE_INTEGER
    }
  }
}

interface Waiter {
  readonly request: ProofTreeRequest
  readonly resolve: (tree: ProofTree) => void
  readonly reject: (reason: unknown) => void
}

const MAX_WAITING = 10_000

const SETUP_IS_LOST = 2

/** Rather a slot that setup never ran in than one in which somebody else's setup would be lost. */
function rankOf(slot: ProofSlot, request: ProofTreeRequest): number {
  if (slot.preparedFor === request.setupKey) return 0
  return slot.preparedFor === null ? 1 : SETUP_IS_LOST
}

function closedError(): OrchestratorError {
  return new OrchestratorError('interrupted', 'the slots are closed')
}
