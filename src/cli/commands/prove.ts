import { openBench } from '../../engine/open.ts'
import { prove } from '../../engine/prove.ts'
import type { CommandContext } from '../command-context.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

/** `orchestrator prove [REV | BASE..REV]`. */
export async function proveCommand(
  context: CommandContext,
  range: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  using signals = stopOnSignals(() => output.progress('Stopping.'))
  await using bench = await openBench({ directory: cwd, env, flags: {} })
  const report = await prove(bench, {
    range: range ?? null,
    trustEvidence: flags['trustEvidence'] === true || bench.loaded.config.trust.evidence,
    signal: signals.winding,
    onLanding: ({ task, index, of }) => output.progress(`[${index}/${of}] ${task}`),
  })
  output.result(report, [
    `${report.proven} of ${report.checked} landings proven.`,
    ...report.broken.map(
      ({ task, code, fact, merge }) => `broken: ${task} at ${merge.slice(0, 12)}: ${code}: ${fact}`,
    ),
  ])
  return report.broken.length === 0 ? 0 : 1
}
