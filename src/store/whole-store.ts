import { checkPages } from './migrate.ts'
import { openToRead } from './open-to-read.ts'
import { requireWholeLog } from './whole-log.ts'
import { requireWholeSchema } from './whole-schema.ts'

/** Reads all of a store that is there, and changes nothing. Throws `store_corrupt` where it is damaged. */
export function requireWholeStore(path: string): void {
  requireWholeLog(path)
  const db = openToRead(path)
  try {
    checkPages(db)
    requireWholeSchema(db)
  } finally {
    db.close()
  }
}
