import { existsSync } from 'node:fs'
import { OrchestratorError } from '../errors.ts'
import { openReader } from '../store/reader.ts'
import { NoRoom } from '../store/sqlite-errors.ts'
import { requireWholeStore } from '../store/whole-store.ts'

/** What would be lost with a store, and with the objects that it names. */
type WorkInStore =
  | {
      readonly kind: 'known'
      /** The run that has not ended; null where none is. */
      readonly unfinished: string | null
      /** By run: tasks whose accepted work has not landed. */
      readonly unlanded: readonly string[]
    }
  | { readonly kind: 'unknown'; readonly why: string }

/** Reads all of the store: what a damaged one shows is not all that is in it. */
export function workIn(db: string): WorkInStore {
  try {
    using reader = openReader(db)
    if (existsSync(db)) requireWholeStore(db)
    // A landing that was lost leaves its task completed, and its work in the objects alone.
    const unlanded =
      reader?.runIds().flatMap((run) => [...reader.unlanded(run), ...reader.lostLandings(run)]) ?? []
    return { kind: 'known', unfinished: reader?.unfinishedRun()?.id ?? null, unlanded }
  } catch (thrown) {
    return { kind: 'unknown', why: whyUnreadable(db, thrown) }
  }
}

function whyUnreadable(db: string, thrown: unknown): string {
  if (thrown instanceof NoRoom)
    return `the disk is too full to read the store ${db}; clean without --history first`
  if (!(thrown instanceof OrchestratorError)) throw thrown
  if (thrown.code !== 'store_corrupt') return thrown.message
  return `the store ${db} is damaged, and cannot tell what has landed; orchestrator run saves what can be read of it`
}
