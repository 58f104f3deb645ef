import { join } from 'node:path'
import { systemClock } from '../src/runtime/clock.ts'
import { processIdentity } from '../src/runtime/process-identity.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { taskOf } from '../test/simulation/scenario.ts'
import { playRun } from './played-run.ts'

// argv: a directory, runs, tasks of each. Started with --expose-gc. Prints a line of JSON after each run: what is left in
// memory when all that belongs to the run may be forgotten.
const [, , directory = '', runs = '', tasks = ''] = process.argv
const WORKERS = 16
/** Agents and tests take no time. */
const SPEED = 1e9

const keys = Array.from({ length: Number(tasks) }, (_, at) => `T${at + 1}`)
const definitions = keys.map((key) => taskOf(key, { dependsOn: [], shared: [] }))
await using store = await openSqliteStore({
  path: join(directory, 'store.db'),
  clock: systemClock,
  owner: processIdentity(),
})
for (let run = 1; run <= Number(runs); run += 1) {
  const { landed } = await playRun({
    store,
    id: `run${run}`,
    tasks: definitions,
    workers: WORKERS,
    speed: SPEED,
  })
  if (landed !== keys.length) throw new Error(`${landed} of ${keys.length} tasks landed`)
  // Twice: what the first frees may hold what only the second can.
  for (const _ of [1, 2]) globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ tasks: run * keys.length, heapUsed, rss })}\n`)
}
