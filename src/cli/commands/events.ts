import type { Event } from '../../domain/event.ts'
import { followEvents } from '../../observe/follow-events.ts'
import type { StoreReader } from '../../observe/open-readonly.ts'
import { openWatch, placeOf } from '../../observe/open-watch.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { eventText } from '../event-text.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

const AT_ONCE = 1_000

/** `orchestrator events [--follow] [--after SEQ]`: one event a line, and with --json one document a line. */
export async function eventsCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const after = typeof flags['after'] === 'number' ? flags['after'] : 0
  return flags['follow'] === true ? follow(context, after) : tellAll(context, after)
}

async function tellAll(context: CommandContext, after: number): Promise<number> {
  const { output } = context
  using signals = stopOnSignals(() => {}, { atOnce: true })
  using watched = await openWatch(context)
  if (watched.reader !== null) {
    for (const event of eventsOf(watched.reader, after)) tell(context, event)
  } else if (!output.json) {
    output.progress('Nothing has happened yet. Next: orchestrator ingest plan.json')
  }
  return signals.winding.aborted ? 130 : 0
}

function* eventsOf(reader: StoreReader, after: number): Generator<Event> {
  let seen = after
  let events: Event[]
  do {
    events = reader.events({ after: seen, limit: AT_ONCE })
    yield* events
    seen = events.at(-1)?.seq ?? seen
  } while (events.length === AT_ONCE)
}

async function follow(context: CommandContext, after: number): Promise<number> {
  using signals = stopOnSignals(() => {}, { atOnce: true })
  const { db } = await placeOf(context)
  for await (const told of followEvents(db, { after, clock: systemClock, signal: signals.winding })) {
    if (told.kind === 'event') tell(context, told.event)
    else context.output.progress('The store was made anew: these are its events from the first on.')
  }
  return 130
}

function tell({ output }: CommandContext, event: Event): void {
  output.line('event', event, eventText(event))
}
