/** `node bench/peers/main.ts`: the peers alone, in turns, to be compared with what they publish themselves. */
import { tmpdir } from 'node:os'
import { median } from '../figure.ts'
import { thisMachine } from '../machine.ts'
import { openPeers, type Peers } from './peers.ts'

const ROUNDS = 5

const MEASURED: Readonly<Record<string, (peers: Peers) => Promise<number>>> = {
  'DBOS, ms per step, alone': (peers) => peers.dbosStepMs({ workers: 1 }),
  'DBOS, ms per step, 4 workflows': (peers) => peers.dbosStepMs({ workers: 4 }),
  'DBOS, ms per step, 16 workflows': (peers) => peers.dbosStepMs({ workers: 16 }),
  'graphile-worker, jobs/s, 1 at once': (peers) => peers.graphileJobsPerSecond({ concurrency: 1 }),
  'graphile-worker, jobs/s, 4 at once': (peers) => peers.graphileJobsPerSecond({ concurrency: 4 }),
  'graphile-worker, jobs/s, 24 at once': (peers) => peers.graphileJobsPerSecond({ concurrency: 24 }),
  'graphile-worker in batches, jobs/s, 4 at once': (peers) =>
    peers.graphileJobsPerSecond({ concurrency: 4, batched: true }),
  'BullMQ, log flushed every second, jobs/s, 1 at once': (peers) =>
    peers.bullmqJobsPerSecond({ concurrency: 1 }),
  'BullMQ, log flushed every second, jobs/s, 4 at once': (peers) =>
    peers.bullmqJobsPerSecond({ concurrency: 4 }),
  'BullMQ, nothing kept, jobs/s, 4 at once': (peers) =>
    peers.bullmqJobsPerSecond({ concurrency: 4, persistence: 'none' }),
}

await using peers = await openPeers(tmpdir())
const rounds = new Map(Object.keys(MEASURED).map((name) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, measure] of Object.entries(MEASURED)) rounds.get(name)?.push(await measure(peers))
process.stdout.write(`${JSON.stringify({ ...thisMachine(), versions: peers.versions }, null, 2)}\n`)
for (const [name, values] of rounds) {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map(rounded)
  process.stdout.write(`${name}: ${middle}, median of ${ROUNDS} (${least} to ${most})\n`)
}

function rounded(value: number): string {
  return value.toLocaleString(
    'en',
    value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  )
}
