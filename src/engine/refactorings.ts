import type { Attempt, AttemptOutcome } from '../domain/attempt.ts'
import type { Refactoring } from '../protocol/output/run-report.ts'

/** The latest refactoring among the attempts of a task; null where there was none. */
export function refactoringOf(task: string, attempts: readonly Attempt[]): Refactoring | null {
  const at = attempts.findLastIndex(({ stage }) => stage === 'refactor')
  const refactor = attempts[at]
  if (refactor === undefined) return null
  if (refactor.outcome.kind !== 'accepted') return { task, holds: false, fact: factOf(refactor.outcome) }
  const verified = attempts.slice(at + 1).findLast(({ stage }) => stage === 're_verify')
  if (verified?.outcome.kind === 'accepted') return { task, holds: true, fact: null }
  return { task, holds: false, fact: verified === undefined ? UNFINISHED : factOf(verified.outcome) }
}

const UNFINISHED = 'it was not verified'

function factOf(outcome: AttemptOutcome): string {
  switch (outcome.kind) {
    case 'refused':
      return `${outcome.refusals[0].code}: ${outcome.refusals[0].fact}`
    case 'gave_up':
    case 'lost':
      return outcome.detail
    case 'disputed':
      return outcome.reason
    case 'accepted':
    case 'running':
    case 'dispute_rejected':
      return UNFINISHED
  }
}
