import type { TaskDefinition } from '../domain/plan.ts'

/** Criteria that a test claims: by their id as a word of what it tells (its full name), or by the agent's mapping. */
export function claimedCriteria(
  { name, told }: { readonly name: string; readonly told: string },
  task: TaskDefinition,
  claims: Readonly<Record<string, readonly string[]>>,
): string[] {
  return task.criteria
    .map((criterion) => criterion.id)
    .filter((id) => holdsWord(told, id) || (claims[id] ?? []).includes(name))
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

/** `AC-1` stands in "AC-1: reads" and "[AC-1]", and not in "AC-10", "AC-1-2" or "XAC-1". */
export function holdsWord(text: string, word: string): boolean {
  const escaped = word.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
  return new RegExp(
    `(?<![\\p{L}\\p{N}_]|[\\p{L}\\p{N}][-.])${escaped}(?![\\p{L}\\p{N}_]|[-.][\\p{L}\\p{N}])`,
    'u',
  ).test(text)
}
