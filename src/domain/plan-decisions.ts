/** What a plan notes as decided: a text, or an object with whatever its makers write. */
export type PlanDecision = string | Readonly<Record<string, unknown>>

/** Keys that say what a decision is, in the order in which they are read. */
const WORDS = ['id', 'title', 'decision', 'synthesis', 'text', 'why', 'reason', 'consequences']

/** The decisions that concern a task: those that name it, and those that name none of the tasks. Each in a few words. */
export function decisionsFor(
  task: string,
  decisions: readonly PlanDecision[],
  keys: ReadonlySet<string>,
): string[] {
  return decisions.flatMap((decision) => {
    const named = namesIn(decision, keys)
    return named.size === 0 || named.has(task) ? [decisionText(decision)] : []
  })
}

/** Keys are words of their own: `A-1` is not in `A-12`. */
function namesIn(decision: PlanDecision, keys: ReadonlySet<string>): Set<string> {
  const text = typeof decision === 'string' ? decision : JSON.stringify(decision)
  const words = text.match(/[A-Za-z0-9][A-Za-z0-9._-]*/g) ?? []
  return new Set(
    words.flatMap((word) => [word, word.replace(/[._-]+$/, '')]).filter((word) => keys.has(word)),
  )
}

function decisionText(decision: PlanDecision): string {
  if (typeof decision === 'string') return decision.trim()
  const told = WORDS.flatMap((word) => {
    const value = decision[word]
    return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : []
  })
  return told.length > 0 ? told.join(': ') : JSON.stringify(decision)
}
