import type { AttemptResources, ResourcePoint } from '../domain/attempt-resources.ts'
import type { Database, Row } from './database.ts'
import { jsonArray, number, numberOrNull, unexpected } from './rows.ts'

export const RESOURCE_SQL = {
  keep: `INSERT INTO attempt_resources (attempt_id, samples, cpu_ms, peak_bytes, peak_processes, points)
    VALUES (?, ?, ?, ?, ?, ?)`,
} as const

export function keepResources(db: Database, attempt: number, used: AttemptResources): void {
  const { samples, cpuMs, peakBytes, peakProcesses, points } = used
  const told = points.map(({ atMs, cpuMs: cpu, bytes, processes }) => [atMs, cpu, bytes, processes])
  db.run(RESOURCE_SQL.keep, attempt, samples, cpuMs, peakBytes, peakProcesses, JSON.stringify(told))
}

/** Of a row that is joined to `attempt_resources`; null where it has none. */
export function resourcesOf(row: Row): AttemptResources | null {
  const totals = totalsOf(row)
  return totals === null ? null : { ...totals, points: jsonArray(row, 'points').map(pointOf) }
}

/** The same without the series. */
export function totalsOf(row: Row): Omit<AttemptResources, 'points'> | null {
  const cpuMs = numberOrNull(row, 'cpu_ms')
  if (cpuMs === null) return null
  return {
    samples: number(row, 'samples'),
    cpuMs,
    peakBytes: number(row, 'peak_bytes'),
    peakProcesses: number(row, 'peak_processes'),
  }
}

function pointOf(told: unknown): ResourcePoint {
  const numbers = Array.isArray(told) ? told.map(Number) : []
  const [atMs = NaN, cpuMs = NaN, bytes = NaN, processes = NaN] = numbers
  if (![atMs, cpuMs, bytes, processes].every(Number.isFinite))
    throw unexpected('points', 'four numbers', told)
  return { atMs, cpuMs, bytes, processes }
}
