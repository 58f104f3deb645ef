import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { clean } from '../../src/engine/clean.ts'
import { uninstallPlan } from '../../src/engine/uninstall.ts'
import { markPlace } from '../../src/engine/place-marks.ts'
import { messageOf } from '../../src/errors.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'

// In a small file system of its own (argv[2]): a store, then an agent that fills the disk, then `clean`. Prints what came of it.
const [, , directory = '', mode = ''] = process.argv
const place = { directory, db: join(directory, 'store.db') }
const store = await openSqliteStore({ path: place.db, clock: systemClock, owner: processIdentity() })
await store.close()
if (mode === 'in use') await markPlace(directory, { ownerId: 'somebody', db: place.db })
const left = join(directory, 'slots', 'agent_1', 'tmp')
mkdirSync(left, { recursive: true })
for (let bytes = 1024 * 1024; bytes >= 1024; ) {
  try {
    appendFileSync(join(left, 'big'), Buffer.alloc(bytes))
  } catch {
    bytes /= 2
  }
}
const opened = await openSqliteStore({ path: place.db, clock: systemClock, owner: processIdentity() }).then(
  () => 'opened',
  messageOf,
)
const read = await Promise.resolve(place.db)
  .then((db) => openReader(db)?.close())
  .then(() => 'read', messageOf)
const gitDir = join(directory, '..', 'repo.git')
execFileSync('git', ['init', '--quiet', '--bare', gitDir])
const unlanded = await uninstallPlan({ place, gitDir, env: process.env }).then(
  ({ unlanded, unknown }) => [...unlanded, ...unknown],
  messageOf,
)
const cleaned = await clean(place, { history: false }).then(() => 'cleaned', messageOf)
process.stdout.write(
  JSON.stringify({ opened, read, unlanded, cleaned, left: existsSync(left), store: existsSync(place.db) }),
)
