import { OrchestratorError } from '../../errors.ts'
import { circuitsOfRun } from '../../observe/circuits.ts'
import { heldOf } from '../../observe/held.ts'
import type { Run, StoreReader } from '../../observe/open-readonly.ts'
import { isLive, openWatch, requireRun, shownState } from '../../observe/open-watch.ts'
import { readStatus } from '../../observe/status.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { RunSource } from '../run-source.ts'
import { tellRun } from '../tell-run.ts'
import { statusLines } from '../status-lines.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

/** `orchestrator attach`: follows the run that goes on until it ends. Interrupting it leaves the run alone. */
export async function attachCommand(context: CommandContext): Promise<number> {
  const { output } = context
  using signals = stopOnSignals(() => {}, { atOnce: true })
  using watched = await openWatch(context)
  const { reader, run } = requireRun(watched)
  if (!isLive(reader)) {
    const state = shownState(run.state, false)
    const resume = readStatus(reader, systemClock.now()).run?.resume ?? null
    throw new OrchestratorError('nothing_to_run', `no run is going on; the last one is ${state}`, {
      hint: resume === null ? 'See it with: orchestrator status' : `Go on with it: ${resume.command}`,
    })
  }
  output.progress(`Run ${run.id}: ${run.title}. Ctrl-C leaves it running; orchestrator stop ends it.`)
  const done = new AbortController()
  const following = tellRun(sourceOf(reader, run), {
    output,
    clock: systemClock,
    since: reader.owner()?.since ?? systemClock.now(),
    signal: AbortSignal.any([signals.winding, done.signal]),
  })
  await untilEnded(reader, signals.winding)
  done.abort()
  await following
  if (signals.winding.aborted) {
    output.progress('The run goes on. See it again with: orchestrator attach')
    return 130
  }
  const status = readStatus(reader, systemClock.now())
  output.result('status', status, statusLines(status, systemClock.now()))
  const state = status.run?.state
  return state === 'completed' || state === 'incomplete' || state === 'paused' ? exitCodeOf({ state }) : 130
}

const LOOK_MS = 100

async function untilEnded(reader: StoreReader, signal: AbortSignal): Promise<void> {
  while (isLive(reader) && !signal.aborted) await systemClock.sleep(LOOK_MS, signal)
}

/** A run as a reader sees it. */
function sourceOf(reader: StoreReader, run: Run): RunSource {
  return {
    events: (after, limit) => Promise.resolve(reader.events({ after, limit, run: run.id })),
    waitForEvent: (after, signal) => reader.waitForEvent(after, { clock: systemClock, signal }),
    keys: () => Promise.resolve(reader.tasks(run.id).map(({ definition }) => definition.key)),
    workers: () => Promise.resolve(reader.workers(run.id)),
    spend: () => Promise.resolve(reader.spend(run.id)),
    held: () => Promise.resolve(heldOf(circuitsOfRun(reader, run.id), systemClock.now())),
  }
}
