import { join } from 'node:path'
import { requireWritableState } from '../config/state-directory.ts'
import type { StatePlace } from '../config/own-store.ts'
import { transcriptsBeside } from '../config/transcript-place.ts'
import { OrchestratorError } from '../errors.ts'
import { removeSlots } from '../git/open-trees.ts'
import { sizeOf } from '../runtime/size-of.ts'
import { openReader, type StoreReader } from '../store/reader.ts'
import { NoRoom } from '../store/sqlite-errors.ts'
import { halfSaved, storeFiles } from '../store/store-file.ts'
import { forgetStore, storesOf, whyUnknown } from '../config/stores-of-place.ts'
import { removeAll, removeStore, takeKept } from './take-kept.ts'

/** Something that is kept, how much room it takes, and what becomes of it. */
interface KeptThing {
  readonly name: string
  readonly paths: readonly string[]
  readonly bytes: number
  readonly remove: boolean
  /** Why it stays; null when it goes. */
  readonly kept: string | null
}

/** Whether store and objects go too, unless work in them has not landed. */
interface CleaningOptions {
  readonly history: boolean
}

/** What `clean` would do. */
export async function cleaningPlan(place: StatePlace, { history }: CleaningOptions): Promise<KeptThing[]> {
  const at = (...names: readonly string[]): string[] => names.map((name) => join(place.directory, name))
  const why = history ? historyNeeded(place) : 'history; --history removes it, too'
  const things = [
    {
      name: 'trees of agents and proofs',
      paths: at('slots', 'slot-records', 'setup-images', 'agent-packs'),
      kept: null,
    },
    {
      name: 'temporary files',
      paths: [...at('git-temp', 'benches', 'program'), ...halfSaved(place.db)],
      kept: null,
    },
    { name: 'logs of background runs', paths: at('logs'), kept: null },
    { name: 'reports of runs', paths: at('reports'), kept: why },
    { name: 'transcripts of agents', paths: [transcriptsBeside(place.db)], kept: why },
    { name: 'git objects of tasks', paths: at('objects.git'), kept: why },
    { name: STORE, paths: storeFiles(place.db), kept: why },
  ]
  return Promise.all(
    things.map(async (thing) => ({
      ...thing,
      remove: thing.kept === null,
      bytes: (await Promise.all(thing.paths.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0),
    })),
  )
}

const STORE = 'store'

/** Does it, and answers what it did. Refuses while somebody works in the place, whatever store that is recorded in. */
export async function clean(place: StatePlace, options: CleaningOptions): Promise<KeptThing[]> {
  requireWritableState(place.directory)
  await using kept = await takeKept(place)
  // Planned only now, while nobody else can add anything.
  const plan = await cleaningPlan(place, options)
  await removeSlots(place.directory)
  for (const { name, paths, remove } of plan) {
    if (!remove) continue
    if (name === STORE) await removeStore(kept.store, place.db)
    else for (const path of paths) await removeAll(path)
  }
  if (plan.some(({ name, remove }) => name === STORE && remove)) await forgetStore(place.directory, place.db)
  return plan
}

/** Why what is kept of the past is still needed; null when it is not. */
function historyNeeded(place: StatePlace): string | null {
  for (const db of storesOf(place)) {
    const why = neededIn(db)
    if (why !== null) return why
  }
  return whyUnknown(place.directory)
}

function neededIn(db: string): string | null {
  try {
    using reader = openReader(db)
    return reader === null ? null : neededBy(reader)
  } catch (thrown) {
    if (thrown instanceof NoRoom)
      return 'the disk is too full to read what is in it; clean without --history first'
    if (thrown instanceof OrchestratorError && thrown.code === 'store_corrupt')
      return `the store ${db} is damaged, and cannot tell what has landed; orchestrator run saves what can be read of it`
    if (thrown instanceof OrchestratorError && thrown.code === 'state_unusable') return thrown.message
    throw thrown
  }
}

function neededBy(reader: StoreReader): string | null {
  const unfinished = reader.unfinishedRun()
  if (unfinished !== null) return `run ${unfinished.id} has not ended`
  const unlanded = reader.runIds().flatMap((run) => reader.unlanded(run))
  if (unlanded.length === 0) return null
  return `accepted work of ${unlanded.slice(0, SHOWN).join(', ')}${unlanded.length > SHOWN ? ' and others' : ''} has not landed`
}

const SHOWN = 5
