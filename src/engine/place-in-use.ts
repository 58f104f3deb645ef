import { ownStore } from '../config/own-store.ts'
import type { Exec } from '../runtime/exec.ts'
import { isAlive, isInOtherContainer } from '../runtime/process-identity.ts'
import {
  fileIdOf,
  type Mark,
  markPlace,
  placeInUse,
  readMarks,
  removeMark,
  type User,
} from './place-marks.ts'

/**
 * Makes this process the only one that works in a place, whatever store each records in: slots and objects are shared. Ends what
 * killed predecessors left running there. Who comes at the same moment sees the mark of the other: of two, at most one goes on.
 * Answers what gives the place back. Throws `place_in_use`, `state_unusable`.
 */
export async function takePlace(exec: Exec, directory: string, user: User): Promise<() => Promise<void>> {
  await markPlace(directory, user)
  const giveBack = (): Promise<void> => removeMark(directory, user)
  try {
    for (const mark of await othersIn(directory, user.ownerId)) {
      if (!isGone(mark, { directory, user })) throw placeInUse(directory, mark)
      await exec.endOrphans(mark.ownerId)
      await removeMark(directory, mark)
    }
    return giveBack
  } catch (thrown) {
    await giveBack()
    throw thrown
  }
}

/** Whether somebody but this owner may work in a place; one of another machine counts. */
export async function isUsedByOthers(directory: string, ownerId: string): Promise<boolean> {
  return (await othersIn(directory, ownerId)).some((mark) => isAlive(mark.process) !== false)
}

async function othersIn(directory: string, ownerId: string): Promise<Mark[]> {
  return (await readMarks(directory)).filter((mark) => mark.ownerId !== ownerId)
}

/** Where nobody can tell whether it lives, it has no right to the place any more once its store is ours. */
function isGone(mark: Mark, at: { readonly directory: string; readonly user: User }): boolean {
  const alive = isAlive(mark.process)
  return alive === false || (alive === null && isStoreOf(mark, at))
}

/**
 * Whether it recorded in the store that we own. In another container of this machine a file is the same by its number; of another
 * machine only the store of the place is known to be the same file, while another path may lead to another one there.
 */
function isStoreOf(
  { process, db, file }: Mark,
  { directory, user }: { readonly directory: string; readonly user: User },
): boolean {
  if (db === null || user.db === null) return false
  if (isInOtherContainer(process)) return file !== null && file === fileIdOf(user.db)
  return db === ownStore(directory) && user.db === db
}
