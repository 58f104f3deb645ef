import type { RuleFinding } from '../../domain/evidence.ts'

/** Conflict markers that a merge left in a file: all three in order, at the beginning of lines that `before` does not have. */
export function findConflictMarkers(file: {
  readonly path: string
  readonly text: string
  readonly before?: string | null
}): RuleFinding[] {
  const old = new Set((file.before ?? '').split('\n'))
  const lines = file.text.split('\n').map((line) => line.replace(/\r$/, ''))
  const findings: RuleFinding[] = []
  let start: number | null = null
  let middle = false
  lines.forEach((line, index) => {
    if (/^<{7}(?: |$)/.test(line) && !old.has(line)) {
      start = index
      middle = false
    } else if (start !== null && line === '=======') middle = true
    else if (start !== null && middle && /^>{7}(?: |$)/.test(line)) {
      findings.push({
        rule: 'conflict_marker',
        file: file.path,
        test: null,
        line: start + 1,
        message: 'a merge conflict was left unresolved',
      })
      start = null
    }
  })
  return findings
}
