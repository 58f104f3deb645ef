import type { TaskDefinition } from '../domain/plan.ts'

/** Criteria that a test claims: by their id as a word of what it tells (its full name), or by the agent's mapping. */
export function claimedCriteria(
  { name, told }: { readonly name: string; readonly told: string },
  task: TaskDefinition,
  claims: Readonly<Record<string, readonly string[]>>,
): string[] {
  const ids = task.criteria.map((criterion) => criterion.id)
  const named = new Set(idsIn(told, ids))
  return ids.filter((id) => named.has(id) || (claims[id] ?? []).includes(name))
}

/** Claims of the mapping that name no touched test. */
export function rejectedClaims(
  claims: Readonly<Record<string, readonly string[]>>,
  touched: readonly { readonly name: string }[],
): { criterion: string; test: string }[] {
  const names = new Set(touched.map((test) => test.name))
  return Object.entries(claims).flatMap(([criterion, tests]) =>
    tests.filter((test) => !names.has(test)).map((test) => ({ criterion, test })),
  )
}

/**
 * Ids that are words of a text: `AC-1` of "AC-1: reads", "[AC-1]" and "test_ac_1_reads", since a name of Python holds
 * no other separator than `_`; not of "AC-10", "AC-1-2", "XAC-1" or "AC1". `R-1.2` is not `R-1` where both are ids.
 */
export function idsIn(text: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  const found = new Set([...text.toLowerCase().matchAll(anyOf(ids))].map(([word]) => plain(word)))
  return ids.filter((id) => found.has(plain(id)))
}

/** Of several ids that begin at one place the longest is taken. */
function anyOf(ids: readonly string[]): RegExp {
  const words = ids
    .map(plain)
    .toSorted((one, other) => other.length - one.length)
    .map((word) => word.replaceAll('-', '[-_. ]+'))
  return new RegExp(
    `(?<![\\p{L}\\p{N}]|[\\p{L}\\p{N}][-.])(?:${words.join('|')})(?![\\p{L}\\p{N}]|[-.][\\p{L}\\p{N}])`,
    'gu',
  )
}

/** What stands between the parts of an id, and their case, tells no ids apart. */
function plain(id: string): string {
  return id
    .toLowerCase()
    .split(/[-_. ]+/)
    .filter((part) => part !== '')
    .join('-')
}
