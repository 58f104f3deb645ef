/** What a broken line says when it runs, so that a failure can be told to be its doing. */
export const BROKEN_ON_PURPOSE = 'a line broken on purpose'

/** A source with a first line that throws, or does not compile. */
export function withBrokenLine(path: string, text: string): string {
  const line = brokenLine(path) ?? ''
  // A first line that names an interpreter has to stay the first.
  const start = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0
  return `${text.slice(0, start)}${line}\n${text.slice(start)}`
}

/** Whether a file is code that we know how to break. */
export function isBreakable(path: string): boolean {
  return brokenLine(path) !== null
}

function brokenLine(path: string): string | null {
  if (/\.[cm]?[jt]sx?$/.test(path)) return `throw new Error("${BROKEN_ON_PURPOSE}");`
  if (path.endsWith('.py')) return `raise RuntimeError("${BROKEN_ON_PURPOSE}")`
  return /\.(go|rs|java|kt|rb|php|cs|swift|c|cc|cpp|h)$/.test(path) ? `)) ${BROKEN_ON_PURPOSE}` : null
}
