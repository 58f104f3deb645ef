import { resolve } from 'node:path'
import { sizeText } from '../../domain/wording.ts'
import { OrchestratorError } from '../../errors.ts'
import type { CommandContext } from '../command-context.ts'
import { writeReport } from '../write-report.ts'

/** `orchestrator report [RUN] [--out FILE]`: the run as one page to read and to hand around. */
export async function reportCommand(
  context: CommandContext,
  run: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd } = context
  const out = typeof flags['out'] === 'string' ? flags['out'] : null
  if (out === '') {
    throw new OrchestratorError('usage', '--out names no file', { hint: 'For example --out report.html.' })
  }
  const written = await writeReport(context, {
    run: run ?? null,
    out: out === null ? null : resolve(cwd, out),
  })
  output.result('report-file', written, [
    `Report of run ${written.run}: ${written.path} (${sizeText(written.bytes)})`,
    ...(written.state === 'running' ? ['The run is still going; the report shows this moment of it.'] : []),
    ...written.cut.map((line) => `Left out: ${line}`),
    'Next: open it in a browser; it needs no network.',
  ])
  return 0
}
