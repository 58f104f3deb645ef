import { join } from 'node:path'
import { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { salvageHint } from '../../src/store/salvage-text.ts'
import { overwrite, PAGE, placeOf } from './damage.ts'

// In a small file system of its own (argv[2]): a damaged store of which a copy has room beside it, and what is saved has not.
// Prints what is said of it.
const [, , directory = ''] = process.argv
const path = join(directory, 'store.db')
const db = new Database(path)
migrate(db, { at: 1 })
db.transaction(() => {
  for (let n = 1; n <= 9_000; n += 1)
    db.run(
      `INSERT INTO events (at, run, kind, data) VALUES (?, 'r', 'task_claimed', ?)`,
      n,
      JSON.stringify({ x: 'x'.repeat(980) }),
    )
})
db.close()
overwrite(path, placeOf(path, 'events', 1), PAGE)
process.stdout.write(salvageHint(path, 'pages', 1))
