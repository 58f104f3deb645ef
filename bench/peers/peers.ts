import { installPeers } from './install.ts'
import { startPostgres } from './postgres.ts'
import { startProgram } from './program.ts'
import { startRedis } from './redis.ts'

/**
 * What others take, measured by their own means (README.md of this folder). Each call is one round: it warms up, takes a
 * few seconds at most, and leaves nothing running but idle servers, so that a caller can take turns with them.
 */
export interface Peers extends AsyncDisposable {
  /** Of each package and server. */
  readonly versions: Readonly<Record<string, string>>
  /** Milliseconds per durable step of DBOS, of all workers together: of `workers` workflows at once. */
  dbosStepMs(round: { readonly workers: number }): Promise<number>
  /** No-op jobs that graphile-worker claims and completes per second; `batched` as in the figures of its documentation. */
  graphileJobsPerSecond(round: { readonly concurrency: number; readonly batched?: boolean }): Promise<number>
  /** No-op jobs that BullMQ takes and completes per second, on a Redis that flushes its log every second, or keeps nothing. */
  bullmqJobsPerSecond(round: {
    readonly concurrency: number
    readonly persistence?: 'everysec' | 'none'
  }): Promise<number>
}

/** Installs the peers where they are not yet, and starts them with their servers; the data is kept below `directory`. */
export async function openPeers(directory: string): Promise<Peers> {
  const packages = installPeers()
  await using opened = new AsyncDisposableStack()
  const postgres = opened.use(await startPostgres(directory))
  const logged = opened.use(await startRedis(directory, { persistence: 'everysec' }))
  const unlogged = opened.use(await startRedis(directory, { persistence: 'none' }))
  const database = (name: string): string => `postgresql://postgres@127.0.0.1:${postgres.port}/${name}`
  const dbos = opened.use(await startProgram('dbos.mjs', database('dbos')))
  const graphile = opened.use(await startProgram('graphile.mjs', database('postgres')))
  const bullmq = {
    everysec: opened.use(await startProgram('bullmq.mjs', String(logged.port))),
    none: opened.use(await startProgram('bullmq.mjs', String(unlogged.port))),
  }
  const open = opened.move()
  return {
    versions: { ...packages, PostgreSQL: postgres.version, Redis: logged.version },
    dbosStepMs: (round) => dbos.ask(round),
    graphileJobsPerSecond: ({ concurrency, batched = false }) => graphile.ask({ concurrency, batched }),
    bullmqJobsPerSecond: ({ concurrency, persistence = 'everysec' }) =>
      bullmq[persistence].ask({ concurrency }),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
