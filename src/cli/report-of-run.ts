import { messageOf } from '../errors.ts'
import type { RunReport } from '../protocol/output/run-report.ts'
import type { CommandContext } from './command-context.ts'
import { reportFile, requireReportPlace } from './report-place.ts'

/** Where `--report [FILE]` wants the report of a run. */
export interface WantedReport {
  /** Absolute; null for the place where reports lie. */
  readonly out: string | null
}

/** Null where nobody asked. Throws `usage` where no report could be written there, before a run has cost anything. */
export async function wantedReport(cwd: string, flag: unknown): Promise<WantedReport | null> {
  if (flag === undefined || flag === false) return null
  if (typeof flag !== 'string') return { out: null }
  const out = reportFile(flag, { cwd, option: '--report' })
  await requireReportPlace(out)
  return { out }
}

/** The run's own document, with where its report was written. One that cannot be written takes nothing from the run. */
export async function reportOfRun(
  place: Pick<CommandContext, 'cwd' | 'env'>,
  done: RunReport,
  wanted: WantedReport | null,
): Promise<RunReport> {
  if (wanted === null) return done
  const { writeReport } = await import('./write-report.ts')
  try {
    const { path } = await writeReport(place, { run: done.run, out: wanted.out })
    return { ...done, report: path }
  } catch (thrown) {
    return { ...done, warnings: [...done.warnings, messageOf(thrown)] }
  }
}
