import { isWaivable, type Waiver } from '../domain/waiver.ts'
import { isRecord } from './rows.ts'

/** A waiver as it was written down; null for what is none, and for what may not be waived. */
export function waiverFrom(value: unknown): Waiver | null {
  if (!isRecord(value)) return null
  const { code, reason, person } = value
  if (typeof code !== 'string' || !isWaivable(code)) return null
  if (typeof reason !== 'string' || typeof person !== 'string') return null
  return { code, reason, person }
}
