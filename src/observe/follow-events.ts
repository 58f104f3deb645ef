import { statSync } from 'node:fs'
import type { Event } from '../domain/event.ts'
import type { Clock } from '../runtime/clock.ts'
import { openReadonly, type StoreReader } from './open-readonly.ts'

const LOOK_MS = 100
const AT_ONCE = 1_000

type Followed =
  | { readonly kind: 'event'; readonly event: Event }
  /** The cursor is of another store than the one that is there: all events of this one follow. */
  | { readonly kind: 'another_store' }

/** The events behind a cursor, as they come, of whatever store lies at a path; waits for the first. Ends with the signal. */
export async function* followEvents(
  path: string,
  how: { readonly after: number; readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<Followed> {
  const { clock, signal } = how
  let seen = how.after
  let store: OpenStore | null = null
  try {
    while (!signal.aborted) {
      const before: OpenStore | null = store
      store = standing(path, before)
      const isAnother = before !== null && store !== before
      if (store !== null && (isAnother || store.reader.lastEvent() < seen)) {
        seen = 0
        yield { kind: 'another_store' }
      }
      const events = store?.reader.events({ after: seen, limit: AT_ONCE }) ?? []
      for (const event of events) yield { kind: 'event', event }
      seen = events.at(-1)?.seq ?? seen
      if (events.length < AT_ONCE) await clock.sleep(LOOK_MS, signal)
    }
  } finally {
    store?.reader.close()
  }
}

interface OpenStore {
  readonly reader: StoreReader
  readonly identity: string
}

/** The store at the path; the one from before until another is there. */
function standing(path: string, before: OpenStore | null): OpenStore | null {
  // Asked before it is opened: a store that is put in its place in between is seen at the next look.
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return before
  // The number of a file is given to no other while the file is held open.
  const identity = `${stat.dev}:${stat.ino}`
  if (identity === before?.identity) return before
  const reader = openReadonly(path)
  if (reader === null) return before
  before?.reader.close()
  return { reader, identity }
}
