import { type Neighbour, neighboursOf } from '../domain/neighbours.ts'
import type { PlanDecision } from '../domain/plan-decisions.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { readDocument } from '../protocol/document.ts'
import { readOnce } from '../verify/stubs/read-once.ts'
import type { Surroundings } from './beside-parts.ts'

/** Characters of plans whose decisions are looked for. */
const LONGEST_PLANS = 8 * 1024 * 1024

/** What surrounds a task in the plans of its run. */
export function surroundingsOf(
  task: TaskDefinition,
  run: {
    /** At least those that it has to do with. */
    readonly tasks: Iterable<Neighbour>
    /** Of every task. */
    readonly keys: Iterable<string>
    readonly planTexts: readonly string[]
  },
): Surroundings {
  const length = run.planTexts.reduce((sum, { length: one }) => sum + one, 0)
  return {
    neighbours: neighboursOf(task, run.tasks),
    keys: new Set(run.keys),
    decisions: length > LONGEST_PLANS ? [] : run.planTexts.flatMap((text) => decisionsIn('', text)),
  }
}

/** Plans were checked when they were handed in. */
const decisionsIn = readOnce((_, text): readonly PlanDecision[] => {
  const read = readDocument(text, '')
  const plan: unknown = read.ok ? read.document.value : null
  const decisions: unknown = typeof plan === 'object' && plan !== null ? Reflect.get(plan, 'decisions') : null
  if (!Array.isArray(decisions)) return []
  return decisions.filter(
    (decision: unknown): decision is PlanDecision =>
      typeof decision === 'string' || (typeof decision === 'object' && decision !== null),
  )
})
