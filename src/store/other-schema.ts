import { OrchestratorError } from '../errors.ts'
import { NEWEST_VERSION } from './migrations/newest.ts'

/** Of a newer program. */
export function newerSchema(path: string, version: number): OrchestratorError {
  return new OrchestratorError(
    'store_newer',
    `The store ${path} has schema ${version}; this program knows schemas up to ${NEWEST_VERSION}.`,
    { hint: 'Use the version of the program that wrote it, or a newer one.' },
  )
}

/** Of an older program, without what is asked for. */
export function olderSchema(path: string, version: number, cause: unknown): OrchestratorError {
  return new OrchestratorError(
    'store_unavailable',
    `The store ${path} has schema ${version} of an older program, which does not keep what is asked for.`,
    { hint: 'Nothing was changed. Enter orchestrator run: it brings it up, with a copy beside it.', cause },
  )
}
