/** Words that say what a file is for, not what it is about. */
const ROLES = new Set(['test', 'tests', 'spec', 'specs', 'e2e', 'it', 'unit', 'integration'])

/** What is alike in the names of files: `*.test.ts` of `read-plan.test.ts`, `test_*.py` of `test_read_plan.py`. */
export function nameShape(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
  const words = stem
    .split(/([._-])/)
    .map((word, index) => (index % 2 === 1 || word === '' || ROLES.has(word.toLowerCase()) ? word : '*'))
  return `${words.join('').replaceAll(/\*(?:[._-]\*)+/g, '*')}${ending}`
}

/** The most frequent of some texts with how often each is there, the most frequent first; ties in their own order. */
export function mostFrequent(
  texts: Iterable<string>,
  most: number,
): { readonly text: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts]
    .map(([text, count]) => ({ text, count }))
    .toSorted((one, other) => other.count - one.count || (one.text < other.text ? -1 : 1))
    .slice(0, most)
}
