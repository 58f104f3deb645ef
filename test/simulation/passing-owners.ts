import { PASSING_MS } from '../../src/store/queries-owner.ts'
import type { SimulatedDisk } from './store.ts'

/** Looks whether those who come for one change only leave the store to a run that waits for it. */
export class PassingOwners {
  readonly #disk: SimulatedDisk
  #last: number | null = null
  /** Until when a run waited for the store when it was looked at last. */
  #awaitedUntil = 0

  constructor(disk: SimulatedDisk) {
    this.#disk = disk
  }

  /** To be asked after each commit: whether one came in though a run waited. */
  cameBetween(wall: number): boolean {
    const left = this.#awaitedUntil - wall
    const last = this.#counter('passing_owner')
    const isNew = last !== this.#last
    this.#last = last
    this.#awaitedUntil = this.#counter('owner_awaited_until') ?? 0
    return isNew && left > 0 && left <= PASSING_MS
  }

  #counter(name: string): number | null {
    const row = this.#disk.reader.get('SELECT value FROM counters WHERE name = ?', name)
    return row === null ? null : Number(row['value'])
  }
}
