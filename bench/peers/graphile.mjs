// argv[2]: the address of the database. Asked { concurrency, batched }, it answers jobs per second.
import { setTimeout as after } from 'node:timers/promises'
import { answer } from './answer.mjs'
import { counted } from './counted.mjs'
import { installed } from './installed.mjs'

const { Logger, makeWorkerUtils, run } = installed('graphile-worker')
const { Pool } = installed('pg')

const JOBS = 5_000
const JOBS_BATCHED = 50_000
const LOOK_MS = 1
const LOOKS = 5_000
/** The setting of the documentation's own figures (https://worker.graphile.org/docs/performance). */
const BATCHED = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }

const connectionString = process.argv[2]
const pool = new Pool({ connectionString })
const logger = new Logger(() => () => undefined)
const utils = await makeWorkerUtils({ connectionString, logger })
await utils.migrate()
answer(async ({ concurrency, batched }) => {
  const jobs = batched ? JOBS_BATCHED : JOBS
  await fill(jobs)
  const worker = {
    connectionString,
    logger,
    concurrentJobs: concurrency,
    maxPoolSize: Math.max(10, concurrency + 2),
    ...(batched ? BATCHED : {}),
  }
  const { count, ended } = counted(jobs, untilGone)
  const runner = await run({
    preset: { worker },
    taskList: { nothing: count },
    parsedCronItems: [],
    noHandleSignals: true,
  })
  const rate = await ended
  await runner.stop()
  return rate
})

/** A backlog, with the statistics that its queries are planned by. */
async function fill(jobs) {
  await pool.query('truncate graphile_worker._private_jobs')
  await pool.query(
    `select graphile_worker.add_jobs(array(
       select json_populate_record(null::graphile_worker.job_spec, '{"identifier":"nothing"}')
       from generate_series(1, $1)))`,
    [jobs],
  )
  await pool.query('vacuum analyze graphile_worker._private_jobs')
}

/** The last ones are completed while nothing waits for them any more. */
async function untilGone() {
  for (let look = 0; look < LOOKS; look += 1) {
    const { rowCount } = await pool.query('select from graphile_worker._private_jobs limit 1')
    if (rowCount === 0) return
    await after(LOOK_MS)
  }
  throw new Error('jobs that were done are not completed')
}
