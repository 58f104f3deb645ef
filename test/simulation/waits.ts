import { readOwner } from '../../src/store/queries-owner.ts'
import type { SimulatedDisk } from './store.ts'

/** Until when something waits, or is held, by the clock of who wrote it. */
interface Wait {
  readonly what: string
  readonly until: number
}

/**
 * Looks whether the clock that was set back is heeded. The lease of the store tells it: where its owner wrote one that ends
 * earlier, it has seen the step, and from then on nothing may wait for a time that was written before, unless the clock was set
 * forwards as well and that time comes no later than it would have.
 */
export class Waits {
  readonly #disk: SimulatedDisk
  #leaseUntil = 0
  #seen: readonly Wait[] = []
  /** When each would have ended, had nobody set the clock since it was written, by the one that nobody sets. */
  readonly #ends = new Map<string, number>()
  /** Times of a clock that was set back since. */
  readonly #gone = new Set<string>()

  constructor(disk: SimulatedDisk) {
    this.#disk = disk
  }

  /** To be asked after each commit: what waits for a time that is gone; null where nothing does. */
  find({ wall, now }: { readonly wall: number; readonly now: number }): string | null {
    const leaseUntil = readOwner(this.#disk.reader)?.leaseUntil ?? 0
    if (this.#leaseUntil - leaseUntil >= LEAST_STEP_MS)
      for (const wait of this.#seen) this.#gone.add(nameOf(wait))
    this.#leaseUntil = leaseUntil
    this.#seen = this.#disk.reader
      .all(WAITS_SQL)
      .map(({ what, until }) => ({ what: String(what), until: Number(until) }))
      .filter(({ until }) => until > wall)
    const endOf = ({ until }: Wait): number => now + until - wall
    for (const wait of this.#seen) this.#ends.set(nameOf(wait), this.#ends.get(nameOf(wait)) ?? endOf(wait))
    const isLate = (wait: Wait): boolean => {
      const name = nameOf(wait)
      return this.#gone.has(name) && endOf(wait) > (this.#ends.get(name) ?? 0) + LEAST_STEP_MS
    }
    const late = this.#seen.find(isLate)
    if (late === undefined) return null
    const minutes = Math.round((late.until - wall) / 60_000)
    return `${late.what} waits for another ${minutes} minutes, until a time of the clock before it was set back`
  }
}

function nameOf({ what, until }: Wait): string {
  return `${what} ${until}`
}

/** A smaller one is left alone. */
const LEAST_STEP_MS = 5_000

/** Claims are not among them: whoever holds one renews it by the new clock. */
const WAITS_SQL = `SELECT key AS what, not_before AS until FROM tasks WHERE state = 'retryable'
  UNION ALL SELECT level || ' ' || identifier, probe_at FROM circuits WHERE state = 'open' AND probe_at IS NOT NULL
  UNION ALL SELECT 'a probe of ' || level || ' ' || identifier, json_extract(p.value, '$.until')
    FROM circuits, json_each(details, '$.circuit.probes') p WHERE state = 'half_open'
  UNION ALL SELECT 'the landing lease of ' || target, lease_until FROM landing_leases WHERE holder IS NOT NULL`
