import type { AcceptedWork } from '../../domain/attempt.ts'
import type { WantedDiff } from '../../domain/diff-part.ts'
import type { ReportTask } from './report-facts.ts'

/** What a report shows of the work of tasks: what landed, or what was accepted so far and refused last. */
export function wantedDiffs(tasks: readonly ReportTask[]): WantedDiff[] {
  return tasks.flatMap(({ task, attempts, landed }) => {
    const { key } = task.definition
    const accepted = attempts.flatMap(({ outcome }) => (outcome.kind === 'accepted' ? [outcome.work] : []))
    const work =
      landed === null
        ? accepted.at(-1)
        : accepted.findLast(({ red, green }) => red === landed.red && green === landed.green)
    return [
      ...(work === undefined ? [] : acceptedDiffs(key, work)),
      ...(landed === null ? refusedDiff(key, attempts) : []),
    ]
  })
}

function acceptedDiffs(task: string, { base, red, green }: AcceptedWork): WantedDiff[] {
  return [
    ...(red === base ? [] : [{ task, part: 'tests' as const, from: base, to: red }]),
    ...(green === null || green === red ? [] : [{ task, part: 'sources' as const, from: red, to: green }]),
  ]
}

/** A report is handed around, so work in which a secret was found is not in it. */
function refusedDiff(task: string, attempts: ReportTask['attempts']): WantedDiff[] {
  const outcome = attempts.findLast((attempt) =>
    ['accepted', 'refused'].includes(attempt.outcome.kind),
  )?.outcome
  if (outcome?.kind !== 'refused' || outcome.tree === null) return []
  if (outcome.refusals.some(({ code }) => code === 'secret_found')) return []
  return [{ task, part: 'refused', from: outcome.base, to: outcome.tree }]
}
