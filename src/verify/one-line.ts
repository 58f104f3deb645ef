/** Characters of one line of code that is told. */
const MOST = 400

/** Code as one line, cut where it is long. */
export function oneLine(code: string): string {
  const line = code
    .slice(0, MOST * 4)
    .replaceAll(/\s+/g, ' ')
    .trim()
  return line.length <= MOST ? line : `${line.slice(0, MOST).toWellFormed()}…`
}
