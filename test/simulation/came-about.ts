import type { Outside } from './engine-process.ts'
import type { Fault } from './faults.ts'

/** What only the store tells of. */
const TOLD: readonly (readonly [fault: Fault, sql: string])[] = [
  [
    'a lease is lost',
    `SELECT count(*) AS times FROM events WHERE kind = 'lease_expired' AND json_extract(data, '$.reason') = 'its lease expired'`,
  ],
  ['a circuit of a stage opens', opened('stage')],
  ['a circuit of a worker opens', opened('worker')],
  ['a circuit of the system opens', opened('system')],
  ['a circuit is half open', `SELECT count(*) AS times FROM circuit_events WHERE to_state = 'half_open'`],
  [
    'the budget of a task is spent',
    `SELECT count(*) AS times FROM events WHERE kind = 'task_needs_human' AND json_extract(data, '$.reason') LIKE '%budget%'`,
  ],
]

/** Counts what came about by what was done to the program, rather than was done. */
export function noteWhatCameAbout({ disk, faults }: Outside): void {
  for (const [fault, sql] of TOLD)
    for (let left = Number(disk.reader.get(sql)?.['times']); left > 0; left -= 1) faults.note(fault)
}

function opened(level: string): string {
  return `SELECT count(*) AS times FROM circuit_events WHERE level = '${level}' AND to_state = 'open'`
}
