// argv[2]: the port of Redis. Asked { concurrency }, it answers jobs per second.
import { answer } from './answer.mjs'
import { counted } from './counted.mjs'
import { installed } from './installed.mjs'

const { Queue, Worker } = installed('bullmq')

const JOBS = 20_000
const AT_ONCE = 1_000
const NAME = 'bench'

const connection = { host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null }
const queue = new Queue(NAME, { connection, defaultJobOptions: { removeOnComplete: true } })
answer(async ({ concurrency }) => {
  for (let added = 0; added < JOBS; added += AT_ONCE)
    await queue.addBulk(Array.from({ length: AT_ONCE }, () => ({ name: 'nothing', data: {} })))
  const worker = new Worker(NAME, () => Promise.resolve(), { connection, concurrency })
  const { count, failed, ended } = counted(JOBS)
  worker.on('completed', count).on('error', failed)
  const rate = await ended
  await worker.close()
  await queue.obliterate({ force: true })
  return rate
})
