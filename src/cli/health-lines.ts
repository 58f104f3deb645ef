import { retryTask } from '../domain/closing-command.ts'
import { continueCommand } from '../domain/silence.ts'
import type { HealthReport } from '../protocol/output/health-report.ts'
import { columns, counted, durationText } from './text-lines.ts'

/** What `health` shows to people. */
export function healthReportLines(health: HealthReport, now: number): string[] {
  const { status, reasons, circuits, store, run, staleClaims, lastEvent } = health
  if (run === null && store.readable) return [`${status}: no plan was ingested yet`]
  const { total, closed, open, half_open, flapping } = circuits
  const counts = `${counted(total, 'circuit')}: ${closed} closed, ${open} open, ${half_open} half open, ${flapping} flapping`
  return [
    status,
    ...reasons.map((reason) => `  ${reason}`),
    '',
    ...columns([
      ...(run === null ? [] : [['Run', `${run.id}: ${run.state}`]]),
      ['Worked on', run?.live === true ? 'by a live process' : 'by nobody'],
      ['Circuits', counts],
      ['Stale claims', String(staleClaims)],
      ['Last event', lastEvent === null ? 'none' : `${durationText(Math.max(0, now - lastEvent.at))} ago`],
      ['Store', store.readable ? 'readable' : 'cannot be read'],
    ]),
    '',
    `Next: ${healthNext(health)}`,
  ]
}

/** What to type first. */
export function healthNext({ store, run, circuits, lost: [lost] }: HealthReport): string {
  if (!store.readable) return 'orchestrator doctor'
  if (run !== null && run.silence !== null) return continueCommand(run.silence)
  if (circuits.open + circuits.half_open + circuits.flapping > 0) return 'orchestrator circuits status'
  return lost === undefined ? 'orchestrator status' : retryTask(lost)
}
