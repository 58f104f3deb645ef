import { isLive, openWatch } from '../../observe/open-watch.ts'
import { readStatus } from '../../observe/status.ts'
import type { Status } from '../../protocol/output/status.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { statusLines } from '../status-lines.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

const LOOK_MS = 1_000

/** `orchestrator status [--watch]`. Looks only; loads nothing of the engine. */
export async function statusCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const now = systemClock.now()
  if (flags['watch'] === true) return watch(context)
  const { status } = await look(context)
  context.output.result('status', status, statusLines(status, now))
  return 0
}

interface Look {
  readonly status: Status
  /** The run has ended and nobody changes anything: the same will be seen from now on. */
  readonly isLast: boolean
}

async function look(context: CommandContext): Promise<Look> {
  using watched = await openWatch(context)
  const isLeft = watched.reader !== null && !isLive(watched.reader)
  const status = readStatus(watched.reader, systemClock.now())
  const state = status.run?.state
  return { status, isLast: isLeft && (state === 'completed' || state === 'incomplete') }
}

/** Shows each change until the run has ended or it is interrupted: in place on a terminal, one below the other elsewhere. */
async function watch(context: CommandContext): Promise<number> {
  const { output } = context
  using signals = stopOnSignals(() => {}, { atOnce: true })
  let shown = ''
  while (!signals.winding.aborted) {
    const { status, isLast } = await look(context)
    const { workers, ...rest } = status
    const picture = JSON.stringify([rest, workers.map(({ id, task, stage }) => [id, task, stage])])
    if (output.live) output.redraw(statusLines(status, systemClock.now()))
    else if (picture !== shown && output.json) output.line('status', status, '')
    else if (picture !== shown) output.redraw(statusLines(status, systemClock.now()))
    shown = picture
    // Whoever read it may be gone, which is met only where something is written.
    if (isLast) return 0
    await systemClock.sleep(LOOK_MS, signals.winding)
  }
  return 130
}
