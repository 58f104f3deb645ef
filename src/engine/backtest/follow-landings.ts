import type { Store } from '../../store/store.ts'
import type { HistoryOrder } from './history-order.ts'
import type { ReplayedCommit } from './history.ts'

const EVENTS_AT_ONCE = 1_000

/** Tells of each landing, with its place in the history. Ends when it is stopped. */
export function followLandings(following: {
  readonly store: Store
  readonly run: string
  readonly commits: readonly ReplayedCommit[]
  readonly order: HistoryOrder
  readonly tell: (line: string) => void
}): AsyncDisposable {
  const { store, run, commits, order, tell } = following
  const stopped = new AbortController()
  const loop = async (): Promise<void> => {
    let seen = 0
    for (let after = 0; ; ) {
      const events = await store.events({ after, limit: EVENTS_AT_ONCE, run })
      for (const { seq, kind, task } of events) {
        after = seq
        if (kind !== 'landed' || task === null) continue
        const commit = commits[seen]?.commit
        seen += 1
        const how = order.carried(task) === null ? 'proven ' : 'carried'
        tell(`[${seen}/${commits.length}] ${how} ${commit?.id.slice(0, 10)} ${commit?.subject}`)
      }
      if (events.length === EVENTS_AT_ONCE) continue
      if (stopped.signal.aborted) return
      await store.waitForEvent(after, stopped.signal)
    }
  }
  const running = loop()
  return {
    [Symbol.asyncDispose]: async () => {
      stopped.abort()
      await running
    },
  }
}
