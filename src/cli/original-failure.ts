import { OrchestratorError } from '../errors.ts'

/** Wrappers within wrappers that are looked into. */
const DEEPEST = 32

/**
 * What went wrong first: where the parts that were open then failed to close too, Node wraps both in one. The first error
 * of the catalogue, that of the work before those of closing; where there is none, the failure of the work itself.
 */
export function originalFailure(thrown: unknown): unknown {
  return knownWithin(thrown, DEEPEST) ?? firstOf(thrown, DEEPEST)
}

function knownWithin(thrown: unknown, depth: number): OrchestratorError | null {
  if (thrown instanceof OrchestratorError) return thrown
  if (depth === 0) return null
  for (const inner of wrapped(thrown)) {
    const known = knownWithin(inner, depth - 1)
    if (known !== null) return known
  }
  return null
}

function firstOf(thrown: unknown, depth: number): unknown {
  return thrown instanceof SuppressedError && depth > 0 ? firstOf(thrown.suppressed, depth - 1) : thrown
}

function wrapped(thrown: unknown): readonly unknown[] {
  if (thrown instanceof SuppressedError) return [thrown.suppressed, thrown.error]
  // What a scope could not release: each part's failure stands behind its name.
  if (thrown instanceof AggregateError)
    return thrown.errors.map((part) => (part instanceof Error ? part.cause : part))
  return []
}
