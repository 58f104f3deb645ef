import { handIn } from '../../engine/hand-in.ts'
import { OrchestratorError } from '../../errors.ts'
import { isLive, openWatch, requireRun } from '../../observe/open-watch.ts'
import { readStatus } from '../../observe/status.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { nextLine } from '../status-lines.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

const LOOK_MS = 50

/** `orchestrator stop [--now]`: asks the run that goes on to end, and waits until it has. */
export async function stopCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output } = context
  using signals = stopOnSignals(() => {}, { atOnce: true })
  using watched = await openWatch(context)
  const { reader, run } = requireRun(watched)
  if (!isLive(reader)) {
    throw new OrchestratorError('nothing_to_run', 'no run is going on, so there is nothing to stop', {
      hint: 'See what there is with: orchestrator status',
    })
  }
  const now = flags['now'] === true
  await handIn(watched.place.db, { kind: 'stop', now })
  output.progress(
    now
      ? 'Stopping at once.'
      : 'Starting nothing new; what is under way may finish its stage (--now stops it).',
  )
  while (isLive(reader) && !signals.winding.aborted) await systemClock.sleep(LOOK_MS, signals.winding)
  if (signals.winding.aborted) return 130
  const status = readStatus(reader, systemClock.now())
  const { state } = status.run ?? run
  output.result('stop-report', { run: run.id, state }, [
    `Run ${run.id} has stopped: ${state}.`,
    nextLine(status),
  ])
  return 0
}
