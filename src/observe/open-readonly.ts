import { openReader, type StoreReader } from '../store/reader.ts'

export type { StoreReader } from '../store/reader.ts'
export { hasEnded, RUN_STATES } from '../store/store.ts'
export type { MetricEvent, StoredFigures } from '../store/metric-queries.ts'
export type { AttemptRecord, EventCount } from '../store/read-queries.ts'
export type { CircuitEventRow, CircuitId, GuardedCircuit } from '../store/circuit-records.ts'
export type { AgentRecord } from '../store/queries-forecast.ts'
export type { SpendSummary } from '../store/accounts.ts'
export type { LandingReceipt, QuarantinedTest, Run, Task } from '../store/store.ts'

/** The only place where those who watch meet the store. Null when nothing has been stored yet. */
export function openReadonly(path: string): StoreReader | null {
  return openReader(path)
}
