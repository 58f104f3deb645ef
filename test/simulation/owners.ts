import { type OwnerRecord, PASSING_MS, readOwner } from '../../src/store/queries-owner.ts'
import type { SimulatedProcess } from './scheduler.ts'
import { isFreeFrom, type SimulatedDisk } from './store.ts'

/** Looks who has the store, one after the other. */
export class Owners {
  readonly #disk: SimulatedDisk
  readonly #processes: readonly SimulatedProcess[]
  #last: OwnerRecord | null = null
  #lastPassing: number | null = null
  /** Until when a run waited for the store when it was looked at last. */
  #awaitedUntil = 0

  constructor(disk: SimulatedDisk, processes: readonly SimulatedProcess[]) {
    this.#disk = disk
    this.#processes = processes
  }

  /** To be asked after each step: whether the store was taken from who had the right to it. */
  tookFromAnother(wall: number): boolean {
    const before = this.#last
    this.#last = readOwner(this.#disk.reader)
    if (before === null || this.#last === null || this.#last.epoch === before.epoch) return false
    const isNext = this.#last.epoch === before.epoch + 1
    return !isNext || !isFreeFrom(before, { wall, isDead: (pid) => isDead(this.#processes, pid) })
  }

  /** To be asked after each commit: whether one came in for one change though a run waited. */
  cameBetween(wall: number): boolean {
    const left = this.#awaitedUntil - wall
    const last = this.#counter('passing_owner')
    const isNew = last !== this.#lastPassing
    this.#lastPassing = last
    this.#awaitedUntil = this.#counter('owner_awaited_until') ?? 0
    return isNew && left > 0 && left <= PASSING_MS
  }

  #counter(name: string): number | null {
    const row = this.#disk.reader.get('SELECT value FROM counters WHERE name = ?', name)
    return row === null ? null : Number(row['value'])
  }
}

/** Processes have the numbers of their places, from 1 on. */
export function isDead(processes: readonly SimulatedProcess[], pid: number): boolean {
  return processes[pid - 1]?.alive === false
}
