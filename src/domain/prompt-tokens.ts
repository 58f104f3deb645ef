/**
 * How many tokens a text probably is, for any model: one for four characters of ASCII, one for each other UTF-16 unit.
 * Code and English come to a little less or more; scripts that most models split finely are not taken for short.
 */
export function estimatedTokens(text: string): number {
  let quarters = 0
  for (let at = 0; at < text.length; at += 1) quarters += quartersOf(text, at)
  return Math.ceil(quarters / 4)
}

/** The longest beginning of a text that has at most so many tokens; it ends with a line where one ends in its later half. */
export function beginningOf(text: string, tokens: number): string {
  let quarters = 0
  let end = 0
  while (end < text.length) {
    quarters += quartersOf(text, end)
    if (quarters > tokens * 4) break
    end += 1
  }
  if (end === text.length) return text
  const line = text.lastIndexOf('\n', end)
  return text.slice(0, line > end / 2 ? line : end).toWellFormed()
}

function quartersOf(text: string, at: number): number {
  return text.charCodeAt(at) < 128 ? 1 : 4
}
