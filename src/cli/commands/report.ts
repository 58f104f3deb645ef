import { sizeText } from '../../domain/wording.ts'
import type { CommandContext } from '../command-context.ts'
import { reportFile } from '../report-place.ts'
import { writeReport } from '../write-report.ts'

/** `orchestrator report [RUN] [--out FILE]`: the run as one page to read and to hand around. */
export async function reportCommand(
  context: CommandContext,
  run: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd } = context
  const { out: named } = flags
  const out = typeof named === 'string' ? reportFile(named, { cwd, option: '--out' }) : null
  const written = await writeReport(context, { run: run ?? null, out })
  output.result('report-file', written, [
    `Report of run ${written.run}: ${written.path} (${sizeText(written.bytes)})`,
    ...(written.state === 'running' ? ['The run is still going; the report shows this moment of it.'] : []),
    ...written.cut.map((line) => `Left out: ${line}`),
    'Next: open it in a browser; it needs no network.',
  ])
  return 0
}
