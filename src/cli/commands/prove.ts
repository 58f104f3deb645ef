import { openBench } from '../../engine/open.ts'
import { prove, type ProveOptions } from '../../engine/prove.ts'
import { OrchestratorError } from '../../errors.ts'
import { openWatch } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { interruptible } from '../interruptible.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

/** `orchestrator prove [REV | BASE..REV]`. */
export async function proveCommand(
  context: CommandContext,
  range: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  await using bench = await openBench({ directory: cwd, env, flags: {} })
  const report = await interruptible(signals.winding, async () =>
    prove(bench, {
      range: range ?? null,
      ...(await currentTarget(context)),
      trustEvidence: flags['trustEvidence'] === true || bench.loaded.config.trust.evidence,
      signal: signals.winding,
      onLanding: ({ task, index, of }) => output.progress(`[${index}/${of}] ${task}`),
    }),
  )
  output.result('prove-report', report, [
    `${report.proven} of ${report.checked} landings proven${report.waived.length === 0 ? '' : `, ${report.waived.length} of them with a waiver`}.`,
    ...report.waived.flatMap(({ task, merge, waivers }) =>
      waivers.map(
        ({ code, reason, person }) =>
          `waived: ${task} at ${merge.slice(0, 12)}: ${code}, by ${person}: ${reason}`,
      ),
    ),
    ...report.broken.map(
      ({ task, code, fact, merge }) => `broken: ${task} at ${merge.slice(0, 12)}: ${code}: ${fact}`,
    ),
  ])
  return report.broken.length === 0 ? 0 : 1
}

/** Where the work of the current run is. Evidence needs no store: one that is missing or cannot be read tells nothing. */
export async function currentTarget(
  context: Pick<CommandContext, 'cwd' | 'env'>,
): Promise<Pick<ProveOptions, 'otherwise' | 'left'>> {
  try {
    using watched = await openWatch(context)
    const run = watched.reader?.currentRun() ?? null
    if (watched.reader === null || run === null) return {}
    return { otherwise: run.target, left: watched.reader.landed(run.id).at(-1)?.merge ?? null }
  } catch (thrown) {
    if (thrown instanceof OrchestratorError) return {}
    throw thrown
  }
}
