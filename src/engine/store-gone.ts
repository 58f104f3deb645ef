import { type ErrorCode, OrchestratorError } from '../errors.ts'

const CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'store_unavailable',
  'store_corrupt',
  'store_owned',
  'state_unusable',
])

/** Whether the store cannot be written any more: then nothing of what agents still do can be written down. */
export function isStoreGone(thrown: unknown): thrown is OrchestratorError {
  return thrown instanceof OrchestratorError && CODES.has(thrown.code)
}
