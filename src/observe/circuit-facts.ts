/** Cause and numbers of something that happened to a circuit, in a few words. */
export function circuitFacts({
  cause,
  data,
}: {
  readonly cause: string | null
  readonly data: Readonly<Record<string, unknown>>
}): string {
  const { numbers, ...rest } = data
  const facts = { ...rest, ...(typeof numbers === 'object' ? numbers : {}) }
  const words = Object.entries(facts)
    .filter(([name, value]) => value !== null && name !== 'from' && name !== 'to')
    .map(([name, value]) => `${name} ${String(value).replaceAll('_', ' ')}`)
  return [...(cause === null ? [] : [cause.replaceAll('_', ' ')]), ...words].join(', ')
}
