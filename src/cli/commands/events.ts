import { openReadonly, type StoreReader } from '../../observe/open-readonly.ts'
import { openWatch, type Watch } from '../../observe/open-watch.ts'
import { type Clock, systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { eventText } from '../event-text.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

const AT_ONCE = 1_000
const STORE_LOOK_MS = 200

/** `orchestrator events [--follow] [--after SEQ]`: one event a line, and with --json one document a line. */
export async function eventsCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output } = context
  const after = typeof flags['after'] === 'number' ? flags['after'] : 0
  using signals = stopOnSignals(() => {}, { atOnce: true })
  using watched = await openWatch(context)
  const follow = flags['follow'] === true
  const reader = follow ? await storeOf(watched, signals.winding) : watched.reader
  if (reader === null) {
    if (!follow && !output.json)
      output.progress('Nothing has happened yet. Next: orchestrator ingest plan.json')
    return follow ? 130 : 0
  }
  for await (const event of eventsOf(reader, { after, follow, clock: systemClock, signal: signals.winding }))
    output.line('event', event, eventText(event))
  return signals.winding.aborted ? 130 : 0
}

/** Waits for the first plan where there is no store yet. Null when interrupted before. */
async function storeOf(watched: Watch, signal: AbortSignal): Promise<StoreReader | null> {
  let reader = watched.reader
  while (reader === null && !signal.aborted) {
    await systemClock.sleep(STORE_LOOK_MS, signal)
    reader = openReadonly(watched.place.db)
  }
  return reader
}

async function* eventsOf(
  reader: StoreReader,
  how: {
    readonly after: number
    readonly follow: boolean
    readonly clock: Clock
    readonly signal: AbortSignal
  },
) {
  let seen = how.after
  while (!how.signal.aborted) {
    const events = reader.events({ after: seen, limit: AT_ONCE })
    yield* events
    seen = events.at(-1)?.seq ?? seen
    if (events.length === AT_ONCE) continue
    if (!how.follow) return
    await reader.waitForEvent(seen, how)
  }
}
