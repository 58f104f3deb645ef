import { join } from 'node:path'
import { requireWritableState } from '../config/state-directory.ts'
import { ownStore, type StatePlace } from '../config/own-store.ts'
import { transcriptsBeside } from '../config/transcript-place.ts'
import { removeSlots } from '../git/open-trees.ts'
import { realPath } from '../runtime/real-path.ts'
import { sizeOf } from '../runtime/size-of.ts'
import { copiesOfEarlier, halfSaved, removeDanglingLink, storeFiles } from '../store/store-file.ts'
import { isOfPlace, removeListed, storesOf, whyUnknown } from '../config/stores-of-place.ts'
import { benchesIn, removeDeadBenches } from './benches.ts'
import { requireOurStore } from './our-store.ts'
import { removeAll, removeStore, takeKept } from './take-kept.ts'
import { workIn } from './work-in-store.ts'

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

/** What `clean` would do. Throws `state_unusable` where what stands at the path of the store is no store of this place. */
export async function cleaningPlan(place: StatePlace, { history }: CleaningOptions): Promise<KeptThing[]> {
  const { directory, db } = place
  requireOurStore(place)
  const at = (...names: readonly string[]): string[] => names.map((name) => join(directory, name))
  const beside = (list: (store: string) => readonly string[]): readonly string[] =>
    isOfPlace(place) ? list(db) : []
  const { used, dead } = await benchesIn(directory)
  const why = history ? historyNeeded(place) : 'history; --history removes it, too'
  const things = [
    {
      name: 'trees of agents and proofs',
      paths: at('slots', 'slot-records', 'setup-images', 'agent-packs'),
      kept: null,
    },
    {
      name: 'temporary files',
      paths: [...at('git-temp', 'program'), ...pathsOf(dead), ...beside(halfSaved)],
      kept: null,
    },
    ...(used.length === 0
      ? []
      : [{ name: 'trees of commands', paths: pathsOf(used), kept: 'commands work there' }]),
    { name: 'logs of background runs', paths: at('logs'), kept: null },
    { name: 'reports of runs', paths: at('reports'), kept: why },
    { name: 'transcripts of agents', paths: beside((store) => [transcriptsBeside(store)]), kept: why },
    { name: 'git objects of tasks', paths: at('objects.git'), kept: why },
    { name: 'copies of the store in earlier schemas', paths: beside(copiesOfEarlier), kept: why },
    { name: STORE, paths: beside(storeFiles), kept: why },
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

function pathsOf(benches: readonly { readonly directory: string }[]): string[] {
  return benches.map(({ directory }) => directory)
}

/**
 * Does it, and answers what it did. Refuses while a run goes on in the place, whatever store that is recorded in. Commands beside
 * it keep their benches.
 */
export async function clean(place: StatePlace, options: CleaningOptions): Promise<KeptThing[]> {
  const { directory, db } = place
  requireWritableState(directory)
  await using kept = await takeKept(place)
  // Planned only now, while nobody else can add anything.
  const plan = await cleaningPlan(place, options)
  await removeSlots(directory)
  await removeDeadBenches(kept.exec, directory)
  for (const { name, paths, remove } of plan) {
    if (remove && name !== STORE) await removeAll(paths)
  }
  if (!plan.some(({ name, remove }) => name === STORE && remove)) return plan
  const own = ownStore(directory)
  const isOwn = realPath(own) === realPath(db)
  await removeListed(directory, db, () => removeStore(kept, db))
  // By whatever name it was configured: a link that is left would stand for a store that was lost.
  if (isOwn) removeDanglingLink(own)
  return plan
}

/** Why what is kept of the past is still needed; null when it is not. */
function historyNeeded(place: StatePlace): string | null {
  for (const db of storesOf(place)) {
    const why = neededIn(db)
    if (why !== null) return why
  }
  return whyUnknown(place)[0] ?? null
}

function neededIn(db: string): string | null {
  const work = workIn(db)
  if (work.kind === 'unknown') return work.why
  const { unfinished, unlanded } = work
  if (unfinished !== null) return `run ${unfinished} has not ended`
  if (unlanded.length === 0) return null
  return `accepted work of ${unlanded.slice(0, SHOWN).join(', ')}${unlanded.length > SHOWN ? ' and others' : ''} has not landed`
}

const SHOWN = 5
