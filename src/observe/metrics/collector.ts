import { statSync } from 'node:fs'
import { processEnvironment } from '../../config/environment.ts'
import { systemClock } from '../../runtime/clock.ts'
import { openReadonly, type StoreReader } from '../open-readonly.ts'
import { placeOf } from '../open-watch.ts'
import { StoreMetrics } from './store-metrics.ts'

/** Tells the metrics of a store; may be asked as often as one likes, and reads only what is new each time. */
export interface MetricsCollector {
  readonly contentType: string
  /** The text that Prometheus scrapes. */
  exportPrometheus(): Promise<string>
  /** The same as data: what `metrics --json` prints. */
  exportDocument(): ReturnType<StoreMetrics['document']>
}

/**
 * Collects the metrics of a store: one that is open already, or that of the repository in which a directory lies; the
 * working directory when nothing is named. Works beside a live run of another process. Where nothing was stored yet the
 * health is UNKNOWN and every counter 0. Throws `repository_missing`, `store_newer`, `store_corrupt` or `state_unusable`.
 */
export function getMetricsCollector(
  store: { readonly reader: StoreReader | null } | string = '.',
): MetricsCollector {
  return collectorOf(
    typeof store === 'string' ? () => readerAt(store) : () => Promise.resolve(borrowed(store.reader)),
  )
}

/** A collector over whatever store is at a path when it is asked: none yet, or another one than before. */
export function collectorAt(path: string): MetricsCollector {
  return collectorOf(() => Promise.resolve(opened(path)))
}

/** A store for one look. */
interface Look extends Disposable {
  readonly reader: StoreReader | null
  /** Changes when another store takes its place. */
  readonly identity: string
}

function collectorOf(open: () => Promise<Look>): MetricsCollector {
  let metrics = new StoreMetrics()
  let identity: string | null = null
  let turn: Promise<unknown> = Promise.resolve()
  const look = async (): Promise<void> => {
    using store = await open()
    const isAnother = identity !== store.identity || (store.reader?.lastEvent() ?? 0) < metrics.seen
    if (isAnother) metrics = new StoreMetrics()
    identity = store.identity
    await metrics.update(store.reader, systemClock.now())
  }
  /** Looks one after the other: a look changes what the one before it tells. */
  const inTurn = <Told>(tell: () => Promise<Told>): Promise<Told> => {
    const told = turn.then(look).then(tell)
    turn = told.catch(() => undefined)
    return told
  }
  return {
    contentType: metrics.contentType,
    exportPrometheus: () => inTurn(() => metrics.text()),
    exportDocument: () => inTurn(() => metrics.document()),
  }
}

function borrowed(reader: StoreReader | null): Look {
  return { reader, identity: 'borrowed', [Symbol.dispose]: () => undefined }
}

async function readerAt(directory: string): Promise<Look> {
  return opened((await placeOf({ cwd: directory, env: processEnvironment() })).db)
}

function opened(path: string): Look {
  const reader = openReadonly(path)
  const stat = reader === null ? null : statSync(path)
  // The number of a file that was removed is soon given to another.
  const identity = stat === null ? 'none' : `${stat.dev}:${stat.ino}:${stat.birthtimeMs}`
  return { reader, identity, [Symbol.dispose]: () => reader?.close() }
}
