import { affectedSuites, holdsChange } from '../domain/affected-suites.ts'
import type { PathChange, TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import type { Workshop } from './context.ts'
import { readTreeFacts } from './tree-facts.ts'

/**
 * Suites besides the task's own whose tests the changes can make fail (ADR-0015). What only one of the trees says counts:
 * a package that was taken away has its users in the tree before.
 */
export async function otherSuites(
  workshop: Pick<Workshop, 'git' | 'treeFacts'>,
  question: {
    readonly suites: Iterable<Suite>
    readonly own: Suite
    readonly changes: readonly PathChange[]
    readonly trees: readonly TreeId[]
  },
): Promise<Suite[]> {
  const { own, changes } = question
  const others = [...question.suites].filter(({ name }) => name !== own.name)
  if (others.every((suite) => holdsChange(suite, changes))) return others
  const affected = new Set<Suite>()
  for (const tree of question.trees) {
    const facts = await readTreeFacts(workshop, tree)
    if (facts === null) return others
    for (const suite of affectedSuites({ suites: [own, ...others], changes, facts })) affected.add(suite)
  }
  return others.filter((suite) => affected.has(suite))
}
