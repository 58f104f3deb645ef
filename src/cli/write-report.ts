import { join } from 'node:path'
import { makeStateDirectory } from '../config/state-directory.ts'
import { suggest } from '../domain/suggest.ts'
import { secretsOf } from './secrets-of.ts'
import { reportDiffs } from '../engine/report-diffs.ts'
import { targetHead } from '../engine/target-head.ts'
import { OrchestratorError } from '../errors.ts'
import type { Run } from '../observe/open-readonly.ts'
import { openWatch, requireRun, type Watch } from '../observe/open-watch.ts'
import { reportPage } from '../observe/report/page.ts'
import { readReport } from '../observe/report/read-report.ts'
import { wantedDiffs } from '../observe/report/wanted-diffs.ts'
import type { Documents } from '../protocol/output/documents.ts'
import { systemClock } from '../runtime/clock.ts'
import { writeWhole } from '../runtime/write-whole.ts'
import type { CommandContext } from './command-context.ts'
import { requireReportPlace, unwritable } from './report-place.ts'

/** Writes the report of a run; beside its owner, too. Without a file it lies among the state of the repository. */
export async function writeReport(
  context: Pick<CommandContext, 'cwd' | 'env'>,
  asked: {
    /** Its id; null for the current one. */
    readonly run: string | null
    /** Absolute; null for the place where reports lie. */
    readonly out: string | null
  },
): Promise<Documents['report-file']> {
  if (asked.out !== null) await requireReportPlace(asked.out)
  using watched = await openWatch(context)
  const current = requireRun(watched)
  const run = asked.run === null ? current.run : knownRun(current, asked.run)
  const report = readReport(current.reader, run, systemClock.now())
  const { directory } = watched.place
  const secrets = secretsOf(watched, context)
  const [head, diffs] = await Promise.all([
    targetHead({ ...context, repository: watched.repository.root, target: run.target }),
    reportDiffs({ stateDirectory: directory, env: context.env, secrets, wanted: wantedDiffs(report.tasks) }),
  ])
  const { text, sections, cut } = reportPage(report, { head, diffs })
  const path = asked.out ?? usualPlace(watched, run)
  try {
    await writeWhole(path, text)
  } catch (thrown) {
    throw unwritable(path, thrown)
  }
  const { state } = report.run
  return { run: run.id, state, madeAt: report.madeAt, path, bytes: Buffer.byteLength(text), sections, cut }
}

function usualPlace({ place }: Pick<Watch, 'place'>, run: Run): string {
  const reports = join(place.directory, 'reports')
  makeStateDirectory(reports)
  return join(reports, `report-${run.id}.html`)
}

function knownRun({ reader }: ReturnType<typeof requireRun>, id: string): Run {
  const run = reader.run(id)
  if (run !== null) return run
  const ids = reader.runIds()
  const near = suggest(id, ids)
  throw new OrchestratorError('run_unknown', `there is no run ${JSON.stringify(id)}`, {
    hint: near === null ? `The latest runs are ${ids.slice(-5).join(', ')}.` : `Did you mean ${near}?`,
  })
}
