import type { TestReport } from '../domain/evidence.ts'

/**
 * A source with a first line that throws, or does not compile. It says the mark, which nobody can know before, so that
 * a failure can be told to be its doing.
 */
export function withBrokenLine(path: string, text: string, mark: string): string {
  const line = brokenLine(path, mark) ?? ''
  // A first line that names an interpreter has to stay the first.
  const start = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0
  return `${text.slice(0, start)}${line}\n${text.slice(start)}`
}

/** Whether a file is code that we know how to break. */
export function isBreakable(path: string): boolean {
  return brokenLine(path, '') !== null
}

/** Whether something failed that says the mark; what passes may have printed the source. */
export function failsWithMark(report: TestReport, mark: string): boolean {
  const { tests, loadFailures, end } = report
  const failures = [...tests, ...loadFailures].flatMap(({ failure }) => failure?.message ?? [])
  if (end.kind === 'build_failed') failures.push(end.output)
  return failures.some((message) => message.includes(mark))
}

function brokenLine(path: string, mark: string): string | null {
  const said = `a line broken on purpose: ${mark}`
  if (/\.[cm]?[jt]sx?$/.test(path)) return `throw new Error("${said}");`
  if (path.endsWith('.py')) return `raise RuntimeError("${said}")`
  return /\.(go|rs|java|kt|rb|php|cs|swift|c|cc|cpp|h)$/.test(path) ? `)) ${said}` : null
}
