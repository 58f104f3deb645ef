interface TextMap {
  readonly text: (text: string) => string
  /** Of names of fields. Default: they stay. */
  readonly name?: (name: string) => string
  /** Fields that stay as they are, by name. Default: none. */
  readonly isKept?: (name: string) => boolean
}

/** Deeper than anything that somebody means; what lies deeper is left out. */
const DEEPEST = 200

/** The same value of JSON with every text in it replaced. */
export function mapTexts(value: unknown, map: TextMap, depth = 0): unknown {
  if (typeof value === 'string') return map.text(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return null
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map, depth + 1))
  const { name: named = (name: string): string => name, isKept = () => false } = map
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      named(name),
      isKept(name) ? item : mapTexts(item, map, depth + 1),
    ]),
  )
}
