import { statSync } from 'node:fs'
import { processEnvironment } from '../../config/environment.ts'
import { requireGiven } from '../../domain/given.ts'
import { systemClock } from '../../runtime/clock.ts'
import { openReadonly, type StoreReader } from '../open-readonly.ts'
import { placeOf } from '../open-watch.ts'
import type { StoreMetrics } from './store-metrics.ts'

/** Tells the metrics of a store; may be asked as often as one likes, and reads only what is new each time. */
export interface MetricsCollector {
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
  const hint = "Name a directory, or open a store: getMetricsCollector('.')"
  if (typeof store !== 'string') requireGiven(store, { reader: 'object' }, { what: 'a store', hint })
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
  let known: { readonly metrics: StoreMetrics; readonly identity: string } | null = null
  let turn: Promise<unknown> = Promise.resolve()
  const look = async (): Promise<StoreMetrics> => {
    // What a metric is made of takes longer to load than all the rest, and is not needed before the first look.
    const makeMetrics = await metricsMaker()
    using store = await open()
    const newest = store.reader?.lastEvent() ?? 0
    const isAnother = known?.identity !== store.identity || newest < known.metrics.seen
    if (known === null || isAnother) known = { metrics: makeMetrics(), identity: store.identity }
    await known.metrics.update(store.reader, systemClock.now())
    return known.metrics
  }
  /** Looks one after the other: a look changes what the one before it tells. */
  const inTurn = <Told>(tell: (metrics: StoreMetrics) => Promise<Told>): Promise<Told> => {
    const told = turn.then(look).then(tell)
    turn = told.catch(() => undefined)
    return told
  }
  return {
    exportPrometheus: () => inTurn((metrics) => metrics.text()),
    exportDocument: () => inTurn((metrics) => metrics.document()),
  }
}

/** On its own: in a function with `using` the compiler leaves the name of a module that is loaded later as it is. */
async function metricsMaker(): Promise<() => StoreMetrics> {
  const loaded = await import('./store-metrics.ts')
  return () => new loaded.StoreMetrics()
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
