/** Opens the store of `bench -- store`, works some of it, and prints what its process takes of memory then, in bytes. */
import { StoreLoad } from './store-load.ts'

const WORKERS = 128
const JOBS = 5_000

const load = await StoreLoad.open(process.argv[2] ?? '')
await load.claimAndComplete(WORKERS, JOBS)
gc?.()
process.stdout.write(String(process.memoryUsage().rss))
await load[Symbol.asyncDispose]()
