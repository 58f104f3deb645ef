/** The first `1.2.3` of a text, as numbers; null where it has none. */
export function versionIn(text: string): readonly number[] | null {
  const found = /(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(text)
  return found === null ? null : found.slice(1).map(Number)
}

/** Whether the first version of a text is older than that one; false where it names none. */
export function isOlder(text: string, than: string): boolean {
  const [version, least] = [versionIn(text), versionIn(than)]
  if (version === null || least === null) return false
  const differing = least.findIndex((part, index) => part !== version[index])
  return differing >= 0 && (version[differing] ?? 0) < (least[differing] ?? 0)
}
