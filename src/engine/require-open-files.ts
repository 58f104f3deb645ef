import { OrchestratorError } from '../errors.ts'

/** What the store, a command under verification and git have open, those that wait to be asked among it. */
const OF_THE_RUN = 70
/** Pipes to an agent, and what keeps its ports. */
const OF_A_WORKER = 6

/**
 * Refuses a number of workers that would use up the files that this process may have open: whatever met that first would
 * fail, agents and tests among it, again and again. Throws `too_few_files`.
 */
export function requireOpenFiles(workers: number, most: number | null): void {
  const needed = OF_THE_RUN + OF_A_WORKER * workers
  if (most === null || most >= needed) return
  const fewer = Math.floor((most - OF_THE_RUN) / OF_A_WORKER)
  const orFewer = fewer < 1 ? '' : `, or run fewer workers: --workers ${fewer}`
  throw new OrchestratorError(
    'too_few_files',
    `this process may have ${most} files open, and ${workers} workers need ${needed}`,
    { hint: `Raise the limit (ulimit -n ${Math.max(needed, 1024)})${orFewer}.` },
  )
}
