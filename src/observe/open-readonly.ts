import { openReader, type StoreReader } from '../store/reader.ts'

export type { StoreReader } from '../store/reader.ts'
export type { AttemptRecord } from '../store/read-queries.ts'
export type { CircuitId, CircuitRow } from '../store/circuit-records.ts'
export type { LandingReceipt, QuarantinedTest, Run, Task } from '../store/store.ts'

/** The only place where those who watch meet the store. Null when nothing has been stored yet. */
export function openReadonly(path: string): StoreReader | null {
  return openReader(path)
}
