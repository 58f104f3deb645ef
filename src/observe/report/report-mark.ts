/** What a page calls the maker of itself. */
export const REPORT_MAKER = 'tdd-orchestrator report'

/** The beginning of a file, which says whether it is a report of ours. */
export const BEGINNING_BYTES = 200

export function isReport(beginning: string): boolean {
  return (
    beginning.startsWith('<!doctype html>') &&
    beginning.includes(`name="generator" content="${REPORT_MAKER}"`)
  )
}
