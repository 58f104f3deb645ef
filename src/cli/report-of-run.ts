import { messageOf } from '../errors.ts'
import type { RunReport } from '../protocol/output/run-report.ts'
import type { CommandContext } from './command-context.ts'
import type { writeReport } from './write-report.ts'
import { reportFile, requireReportPlace } from './report-place.ts'

/** Where `--report [FILE]` wants the report of a run. */
export interface WantedReport {
  /** Absolute; null for the place where reports lie. */
  readonly out: string | null
  /** Loaded before the run: at its end another version of the program may stand where this one was. */
  readonly write: typeof writeReport
}

/** Null where nobody asked. Throws `usage` where no report could be written there, before a run has cost anything. */
export async function wantedReport(cwd: string, flag: unknown): Promise<WantedReport | null> {
  if (flag === undefined || flag === false) return null
  const { writeReport: write } = await import('./write-report.ts')
  if (typeof flag !== 'string') return { out: null, write }
  const out = reportFile(flag, { cwd, option: '--report' })
  await requireReportPlace(out)
  return { out, write }
}

/** The run's own document, with where its report was written. One that cannot be written takes nothing from the run. */
export async function reportOfRun(
  place: Pick<CommandContext, 'cwd' | 'env'>,
  done: RunReport,
  wanted: WantedReport | null,
): Promise<RunReport> {
  if (wanted === null) return done
  try {
    const { path } = await wanted.write(place, { run: done.run, out: wanted.out })
    return { ...done, report: path }
  } catch (thrown) {
    return { ...done, warnings: [...done.warnings, messageOf(thrown)] }
  }
}
