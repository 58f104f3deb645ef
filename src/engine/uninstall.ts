import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { requireWritableState } from '../config/state-directory.ts'
import { ownStore, type StatePlace } from '../config/own-store.ts'
import { transcriptsBeside } from '../config/transcript-place.ts'
import { isUnder } from '../domain/plan-path.ts'
import { OrchestratorError } from '../errors.ts'
import { createGitCommand } from '../git/git-command.ts'
import { removeSlots } from '../git/open-trees.ts'
import { ownRefs, removeOwnRefs } from '../git/own-refs.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { realPath } from '../runtime/real-path.ts'
import { sizeOf } from '../runtime/size-of.ts'
import { isAlive } from '../runtime/process-identity.ts'
import {
  copiesOfEarlier,
  halfSaved,
  removeDanglingLink,
  savedBeside,
  storeFiles,
} from '../store/store-file.ts'
import { isOfPlace, removeListed, STORES_FILE, storesOf, whyUnknown } from '../config/stores-of-place.ts'
import { benchesIn } from './benches.ts'
import { requireOurStore } from './our-store.ts'
import { placeInUse } from './place-marks.ts'
import { emptyPlace, removeEmptyPlace } from './remove-place.ts'
import { removeAll, removeStore, takeKept, usable } from './take-kept.ts'
import { workIn } from './work-in-store.ts'

/** What `uninstall` removes from a repository and this machine. */
interface Uninstalling extends Loss {
  readonly directory: string
  /** What goes with it and lies elsewhere: a store that was configured to, or that a link leads to, and what lies beside it. */
  readonly outside: readonly string[]
  /** Other stores that have work of the repository: they stay, and nothing leads to them any more. */
  readonly kept: readonly string[]
  readonly bytes: number
  readonly refs: readonly string[]
}

/** What would be gone for good. */
interface Loss {
  /** By run: tasks whose accepted work has not landed. */
  readonly unlanded: readonly string[]
  /** Why nobody can tell whether there are more. */
  readonly unknown: readonly string[]
}

interface UninstallRequest {
  readonly place: StatePlace
  readonly gitDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Throws `state_unusable` where what stands at the path of the store is no store of ours. */
export async function uninstallPlan(request: UninstallRequest): Promise<Uninstalling> {
  const { place, gitDir } = request
  const { directory } = place
  requireOurStore(place)
  const others = outside(place)
  const bytes = await Promise.all([realPath(directory), ...others].map(sizeOf))
  return {
    directory,
    outside: others,
    kept: otherStores(place).filter((store) => isElsewhere(place, store)),
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    refs: await ownRefs(gitOf(request), gitDir),
    ...lossOf(place),
  }
}

/**
 * Removes the state directory and our own refs; branches and notes stay. Refuses while somebody works there, and where more
 * would be lost than was agreed to.
 */
export async function uninstall(request: UninstallRequest, agreed: Loss): Promise<void> {
  const { place, gitDir } = request
  const { directory } = place
  const git = gitOf(request)
  requireWritableState(directory)
  {
    await using kept = await takeKept(place, { andOwn: true })
    await requireNoCommands(directory)
    requireNoMore(agreed, lossOf(place))
    const stores = [...kept.stores.keys()]
    const files = [...stores.flatMap((db) => [db, ...storeFiles(db)]), join(realPath(directory), STORES_FILE)]
    const others = outside(place).filter((path) => !files.includes(path))
    await removeOwnRefs(git, gitDir, await ownRefs(git, gitDir))
    await removeSlots(directory)
    await removeAll(others)
    // Asked again: it may have taken long.
    await requireNoCommands(directory)
    for (const db of otherStores(place).filter((store) => !isElsewhere(place, store)))
      await removeListed(directory, db, () => removeAll(storeFiles(db)))
    if (existsSync(directory)) await usable(directory, () => emptyPlace(realPath(directory), files))
    // Last: who begins anew behind it loses nothing.
    for (const db of stores) await removeListed(directory, db, () => removeStore(kept, db))
    await removeAll([join(directory, STORES_FILE)])
  }
  await usable(directory, () => removeEmptyPlace(directory))
  removeDanglingLink(directory)
}

/** Throws `place_in_use` while one works beside the runs of a place. */
async function requireNoCommands(directory: string): Promise<void> {
  for (const { directory: bench, marks } of (await benchesIn(directory)).used) {
    const mark = marks.find(({ process }) => isAlive(process) !== false)
    if (mark !== undefined) throw placeInUse(bench, mark)
  }
}

function requireNoMore(agreed: Loss, { unlanded, unknown }: Loss): void {
  const more = [
    ...unlanded.filter((task) => !agreed.unlanded.includes(task)).map((task) => `${task} has not landed`),
    ...unknown.filter((why) => !agreed.unknown.includes(why)),
  ]
  if (more.length === 0) return
  throw new OrchestratorError('task_state', `nothing was removed: ${more.join('; ')}. That was not listed.`, {
    hint: 'Somebody worked here meanwhile. Enter the same command again, and look at its list.',
  })
}

function lossOf(place: StatePlace): Loss {
  const works = storesOf(place).map(workIn)
  return {
    unlanded: works.flatMap((work) => (work.kind === 'known' ? work.unlanded : [])),
    unknown: [...works.flatMap((work) => (work.kind === 'unknown' ? [work.why] : [])), ...whyUnknown(place)],
  }
}

/** What lies outside the state directory, where the store was configured to or a link leads to. */
function outside(place: StatePlace): string[] {
  const { directory, db } = place
  const files = [...(isOfPlace(place) ? [db] : []), ownStore(directory)].flatMap(filesOf)
  return [...new Set(files)].filter((path) => existsSync(path) && isElsewhere(place, path))
}

/** Those that were configured before. */
function otherStores(place: StatePlace): string[] {
  const taken = [place.db, ownStore(place.directory)].map(realPath)
  return storesOf(place).filter((store) => !taken.includes(store) && existsSync(store))
}

/** Of real paths. */
function isElsewhere({ directory }: StatePlace, path: string): boolean {
  return !isUnder(path, realPath(directory))
}

/** A store, and all that this program keeps beside one. */
function filesOf(db: string): string[] {
  return [
    ...storeFiles(db),
    transcriptsBeside(db),
    ...savedBeside(db),
    ...halfSaved(db),
    ...copiesOfEarlier(db),
  ]
}

function gitOf({ env }: UninstallRequest) {
  return createGitCommand({ exec: createExec({ ownerId: systemClock.id(16) }), env, cwd: '/' })
}
