import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../src/errors.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'

// In a small file system of its own (argv[2]): an open store, a disk that fills up, and changes of which the first waits
// for room. Prints what each of them met, and whether the second waited, too, after something was read between them.
const [, , directory = ''] = process.argv
const store = await openSqliteStore({
  path: join(directory, 'store.db'),
  clock: systemClock,
  owner: processIdentity(),
})
for (let bytes = 1024 * 1024; bytes >= 1024; ) {
  try {
    appendFileSync(join(directory, 'big'), Buffer.alloc(bytes))
  } catch {
    bytes /= 2
  }
}
const change = (): Promise<string> =>
  store
    .append([{ run: null, kind: 'budget_warning', task: null, attempt: null, data: {} }], systemClock.now())
    .then(() => 'changed', messageOf)
const first = await change()
await store.events({ after: 0, limit: 1 })
const second = await Promise.race([change(), sleep(2_500, 'waits again')])
process.stdout.write(JSON.stringify({ first, second }))
process.exit()
