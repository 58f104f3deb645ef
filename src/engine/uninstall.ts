import { existsSync } from 'node:fs'
import { requireWritableState } from '../config/state-directory.ts'
import type { StatePlace } from '../config/own-store.ts'
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
import { openReader } from '../store/reader.ts'
import { NoRoom } from '../store/sqlite-errors.ts'
import { halfSaved, removeDanglingLink, savedBeside, storeFiles } from '../store/store-file.ts'
import { emptyPlace, removeEmptyPlace } from './remove-place.ts'
import { storesOf } from '../config/stores-of-place.ts'
import { removeAll, removeStore, takeKept, usable } from './take-kept.ts'

/** What `uninstall` removes from a repository and this machine. */
interface Uninstalling {
  readonly directory: string
  /** What goes with it and lies elsewhere: a store that was configured to, or that a link leads to, and what lies beside it. */
  readonly outside: readonly string[]
  readonly bytes: number
  readonly refs: readonly string[]
  /** By run: tasks whose accepted work has not landed and would be gone. */
  readonly unlanded: readonly string[]
}

interface UninstallRequest {
  readonly place: StatePlace
  readonly gitDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export async function uninstallPlan(request: UninstallRequest): Promise<Uninstalling> {
  const { place, gitDir } = request
  const { directory } = place
  const others = outside(place)
  const bytes = await Promise.all([realPath(directory), ...others].map(sizeOf))
  return {
    directory,
    outside: others,
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    refs: await ownRefs(gitOf(request), gitDir),
    unlanded: unlandedIn(place),
  }
}

/**
 * Removes the state directory and our own refs; branches and notes stay. Refuses while somebody works there, and where more
 * would be lost than was agreed to.
 */
export async function uninstall(
  request: UninstallRequest,
  agreed: Pick<Uninstalling, 'unlanded'>,
): Promise<void> {
  const { place, gitDir } = request
  const { directory, db } = place
  const git = gitOf(request)
  requireWritableState(directory)
  {
    await using kept = await takeKept(place)
    requireNoMore(agreed.unlanded, unlandedIn(place))
    await removeOwnRefs(git, gitDir, await ownRefs(git, gitDir))
    await removeSlots(directory)
    const store = storeFiles(db)
    for (const path of outside(place)) if (!store.includes(path)) await removeAll(path)
    if (existsSync(directory)) await usable(directory, () => emptyPlace(realPath(directory), [...store, db]))
    // Last: who begins anew behind it loses nothing.
    await removeStore(kept.store, db)
  }
  await usable(directory, () => removeEmptyPlace(directory))
  removeDanglingLink(directory)
}

function requireNoMore(agreed: readonly string[], unlanded: readonly string[]): void {
  const more = unlanded.filter((task) => !agreed.includes(task))
  if (more.length === 0) return
  const tasks = more.join(', ')
  throw new OrchestratorError(
    'task_state',
    `nothing was removed: ${tasks} has not landed, and was not listed`,
    {
      hint: 'Somebody worked here meanwhile. Enter the same command again, and look at its list.',
    },
  )
}

function unlandedIn(place: StatePlace): string[] {
  return storesOf(place).flatMap(unlandedTasks)
}

function unlandedTasks(db: string): string[] {
  try {
    using reader = openReader(db)
    return reader === null ? [] : reader.runIds().flatMap((run) => reader.unlanded(run))
  } catch (thrown) {
    // A damaged store cannot say; it is what a person may be removing.
    if (thrown instanceof OrchestratorError && !(thrown instanceof NoRoom)) return []
    throw thrown
  }
}

/** What lies outside the state directory, where the store was configured to or a link leads to. */
function outside({ directory, db }: StatePlace): string[] {
  const place = realPath(directory)
  const kept = [...storeFiles(db), transcriptsBeside(db), ...savedBeside(db), ...halfSaved(db)]
  return kept.filter((path) => existsSync(path) && !isUnder(path, directory) && !isUnder(path, place))
}

function gitOf({ env }: UninstallRequest) {
  return createGitCommand({ exec: createExec({ ownerId: systemClock.id(16) }), env, cwd: '/' })
}
