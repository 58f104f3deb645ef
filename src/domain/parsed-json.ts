/** What a text says in JSON; null for one that is none. For texts of anybody, whose shape is looked at next. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
