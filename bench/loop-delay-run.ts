import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../src/runtime/clock.ts'
import { processIdentity } from '../src/runtime/process-identity.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { taskOf } from '../test/simulation/scenario.ts'
import { playRun } from './played-run.ts'

// argv: a database file, workers, tasks, seconds. Prints by how many milliseconds the loop was late while the tasks were
// worked for so long; with no tasks, while nothing happened.
const [, , database = '', workers = '', tasks = '', seconds = ''] = process.argv
const RESOLUTION_MS = 1
const NANOSECONDS = 1e6
/** Until the engine has begun: what loads and compiles it is no work of a run. */
const FIRST_MS = 5_000
/** Agents and tests of the simulation take that much less time. */
const SPEED = 500

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
setTimeout(() => delay.enable(), FIRST_MS).unref()
const lastMs = FIRST_MS + Number(seconds) * 1_000
const end = AbortSignal.timeout(lastMs)
end.addEventListener('abort', () => delay.disable())
const played = tasks === '0' ? null : await work(end)
if (played === null) await sleep(lastMs)
const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map((ns) => ns / NANOSECONDS)
process.stdout.write(JSON.stringify({ ...played, p50, p99, max }))

async function work(until: AbortSignal) {
  const store = await openSqliteStore({ path: database, clock: systemClock, owner: processIdentity() })
  const definitions = Array.from({ length: Number(tasks) }, (_, at) =>
    taskOf(`T${at + 1}`, { dependsOn: [], shared: [] }),
  )
  const run = { store, id: 'run', tasks: definitions, workers: Number(workers), speed: SPEED, until }
  const done = await playRun(run)
  await store.close()
  return done
}
