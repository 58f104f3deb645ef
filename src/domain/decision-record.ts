/** Directories in which projects keep what they decided. */
const FOLDERS =
  /^(?:.*\/)?(?:docs?\/(?:adrs?|decisions?|architecture\/(?:decisions|adrs?))|adrs?)\/[^/]+\.md$/i
/** Characters of what one record decided. */
const MOST = 400

export function isDecisionRecord(path: string): boolean {
  return (
    path.endsWith('.md') &&
    FOLDERS.test(path) &&
    !/\/(?:readme|index|template[^/]*|0+-template[^/]*)\.md$/i.test(path)
  )
}

/** Its title and what it decided, in a few lines; null where it no longer holds or has no title. */
export function decisionOf(text: string): { readonly title: string; readonly decision: string } | null {
  const lines = text.split('\n')
  const title = lines
    .find((line) => /^#\s+\S/.test(line))
    ?.replace(/^#\s+/, '')
    .trim()
  if (title === undefined || isOver(lines)) return null
  const at = lines.findIndex((line) => /^#{2,}\s.*\b(?:decision|decided|outcome)\b/i.test(line))
  return { title, decision: at < 0 ? '' : paragraphAfter(lines, at) }
}

function isOver(lines: readonly string[]): boolean {
  const at = lines.findIndex((line) => /\bstatus\b/i.test(line))
  const status = at < 0 ? '' : [lines[at], ...lines.slice(at + 1, at + 3)].join(' ')
  return /\b(?:superseded|deprecated|rejected)\b/i.test(status)
}

function paragraphAfter(lines: readonly string[], heading: number): string {
  const first = lines.findIndex((line, index) => index > heading && line.trim() !== '')
  if (first < 0 || lines[first]?.startsWith('#') === true) return ''
  const length = lines.slice(first).findIndex((line) => line.trim() === '')
  const paragraph = lines
    .slice(first, length < 0 ? undefined : first + length)
    .join(' ')
    .trim()
  return paragraph.length <= MOST ? paragraph : `${paragraph.slice(0, MOST).toWellFormed()}…`
}
