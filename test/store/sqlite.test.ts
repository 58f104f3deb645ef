import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { storeConformance } from '../conformance/store.ts'

storeConformance('SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'store-'))
  const store = await openSqliteStore({
    path: join(directory, 'state', 'store.db'),
    clock: systemClock,
    owner: processIdentity(),
  })
  return {
    store,
    close: async () => {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
})
