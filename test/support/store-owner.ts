import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'

// Owns the store of argv[2] and writes numbered events for ever; prints each number after its commit was acknowledged.
const [, , path = '', leaseMs = '60000'] = process.argv
const store = await openSqliteStore({
  path,
  clock: systemClock,
  owner: processIdentity(),
  leaseMs: Number(leaseMs),
})
for (let number = 1; ; number += 1) {
  await store.append(
    [{ run: null, kind: 'budget_warning', task: null, attempt: null, data: { number } }],
    systemClock.now(),
  )
  process.stdout.write(`${number}\n`)
  if (number % 50 === 0) await systemClock.sleep(5)
}
