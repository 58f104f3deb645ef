/** A test of a landed task, and what it does without the task's sources. */
export interface ProvenTest {
  readonly file: string
  readonly name: string
  readonly criteria: readonly string[]
  readonly without: string
}

/** The tests that canonical evidence names. None where it is of a kind that we do not know: who needs more runs `prove`. */
export function provenTests(evidence: string | null): ProvenTest[] {
  const tests = memberOf(parsed(evidence ?? ''), 'tests')
  return Array.isArray(tests) ? tests.flatMap(provenTest) : []
}

function provenTest(test: unknown): ProvenTest[] {
  const [file, name, criteria] = ['file', 'name', 'criteria'].map((member) => memberOf(test, member))
  const standing = memberOf(test, 'standing')
  const kind = memberOf(standing, 'kind')
  if (typeof file !== 'string' || typeof name !== 'string' || typeof kind !== 'string') return []
  const claimed = Array.isArray(criteria)
    ? criteria.filter((criterion): criterion is string => typeof criterion === 'string')
    : []
  const told = memberOf(standing, 'reason')
  const reason = typeof told === 'string' ? told : ''
  const without = WORDS[kind === 'fails' ? reason : kind] ?? `${kind} ${reason}`.trim().replaceAll('_', ' ')
  return [{ file, name, criteria: claimed, without }]
}

const WORDS: Readonly<Record<string, string>> = {
  assertion: 'an assertion fails',
  missing_name: 'fails for want of a name',
  stub: 'fails for want of what is not written',
  source_exception: 'fails by an exception of the sources',
  source_value: 'fails by a value of the sources',
  characterisation: 'passes (characterisation)',
  weak: 'passes (weak)',
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is no evidence either.
    return null
  }
}
