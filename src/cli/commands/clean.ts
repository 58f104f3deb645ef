import { clean, cleaningPlan } from '../../engine/clean.ts'
import { placeOf } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { columns, sizeText } from '../text-lines.ts'

/** `orchestrator clean [--dry-run] [--history]`. */
export async function cleanCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output } = context
  const dryRun = flags['dryRun'] === true
  const place = await placeOf(context)
  const options = { history: flags['history'] === true }
  const plan = await (dryRun ? cleaningPlan : clean)(place, options)
  const freed = plan.reduce((sum, { remove, bytes }) => sum + (remove ? bytes : 0), 0)
  output.result(
    'clean-report',
    {
      directory: place.directory,
      removed: !dryRun,
      freedBytes: freed,
      things: plan.map(({ name, bytes, remove, kept }) => ({ name, bytes, remove, kept })),
    },
    [
      `In ${place.directory}:`,
      ...columns(
        plan.map(({ name, bytes, kept }) => [
          `  ${name}`,
          sizeText(bytes),
          kept === null ? (dryRun ? 'would go' : 'removed') : `kept: ${kept}`,
        ]),
      ),
      '',
      dryRun
        ? `${sizeText(freed)} would be freed. Next: orchestrator clean${options.history ? ' --history' : ''}`
        : `${sizeText(freed)} freed.`,
    ],
  )
  return 0
}
