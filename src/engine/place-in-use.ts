import { statSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeStateDirectory, stateUnusable } from '../config/state-directory.ts'
import { ownStore } from '../config/own-store.ts'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import type { Exec } from '../runtime/exec.ts'
import { isAlive, isInOtherContainer, processIdentity } from '../runtime/process-identity.ts'
import { MARKS, removePlace } from './remove-place.ts'

const ENDING = '.json'

const markShape = z.object({
  ownerId: z.string(),
  process: z.object({ host: z.string(), bootId: z.string(), pid: z.number(), processStart: z.string() }),
  /** The store that the process records in; null for a bench, which has none. */
  db: z.string().nullable(),
  /** Which file that is, by whatever path one comes to it. */
  file: z.string().nullable().default(null),
})

interface User {
  readonly ownerId: string
  /** The store that it owns; null for none. */
  readonly db: string | null
}

/**
 * Makes this process the only one that works in a place, whatever store each records in: slots and objects are shared. Ends what
 * killed predecessors left running there. Who comes at the same moment sees the mark of the other: of two, at most one goes on.
 * Answers what gives the place back. Throws `place_in_use`, `state_unusable`.
 */
export async function takePlace(exec: Exec, directory: string, user: User): Promise<() => Promise<void>> {
  await markPlace(directory, user)
  const giveBack = (): Promise<void> => rm(fileOf(directory, user.ownerId), { force: true })
  try {
    const others = (await readMarks(directory)).filter(({ ownerId }) => ownerId !== user.ownerId)
    for (const mark of others) {
      if (!isGone(mark, { directory, user })) throw inUse(directory, mark)
      await exec.endOrphans(mark.ownerId)
      await rm(fileOf(directory, mark.ownerId), { force: true })
    }
    return giveBack
  } catch (thrown) {
    await giveBack()
    throw thrown
  }
}

/** Says that this process works in a place. Throws `state_unusable`. */
export async function markPlace(directory: string, { ownerId, db }: User): Promise<void> {
  makeStateDirectory(join(directory, MARKS))
  const file = fileOf(directory, ownerId)
  try {
    await writeFile(file, JSON.stringify({ ownerId, process: processIdentity(), db, file: fileIdOf(db) }))
  } catch (cause) {
    await rm(file, { force: true }).catch(() => undefined)
    throw stateUnusable(file, cause)
  }
}

/** Whether somebody may work in this place; one of another machine counts. */
export async function isPlaceInUse(directory: string): Promise<boolean> {
  return (await readMarks(directory)).some((mark) => isAlive(mark.process) !== false)
}

/** Removes the benches of processes that died without tidying up, and ends what they left running. */
export async function removeDeadBenches(exec: Exec, stateDirectory: string): Promise<void> {
  const benches = join(stateDirectory, 'benches')
  await mkdir(benches, { recursive: true, mode: 0o700 })
  for (const name of await readdir(benches)) {
    const bench = join(benches, name)
    const marks = await readMarks(bench)
    if (marks.length === 0 || marks.some((mark) => isAlive(mark.process) !== false)) continue
    for (const { ownerId } of marks) await exec.endOrphans(ownerId)
    await removePlace(bench)
  }
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

function fileIdOf(db: string | null): string | null {
  const found = db === null ? undefined : statSync(db, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}

function fileOf(directory: string, ownerId: string): string {
  return join(directory, MARKS, `${ownerId}${ENDING}`)
}

type Mark = z.infer<typeof markShape>

async function readMarks(directory: string): Promise<Mark[]> {
  const names = await readdir(join(directory, MARKS)).catch(() => [])
  const marks: Mark[] = []
  for (const name of names) {
    if (!name.endsWith(ENDING)) continue
    const mark = await readMark(join(directory, MARKS, name))
    if (mark !== null) marks.push(mark)
  }
  return marks
}

async function readMark(file: string): Promise<Mark | null> {
  try {
    return markShape.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Given back meanwhile, or not whole yet: who still writes it looks at ours afterwards.
    return null
  }
}

function inUse(directory: string, { ownerId, process, db }: Mark): OrchestratorError {
  const { pid, host, processStart } = process
  const store = db === null ? '' : `, and records in the store ${db}`
  const remove = `where it was killed, remove ${fileOf(directory, ownerId)}.`
  // Without its start a process cannot be told from a later one of the same number.
  const orRemove = processStart === '' ? ` Or, ${remove}` : ''
  return new OrchestratorError('place_in_use', `Process ${pid} on ${host} works in ${directory}${store}.`, {
    hint:
      isAlive(process) === null
        ? `Nobody here can tell whether it lives. End it there; ${remove}`
        : `${wayTo(db)}${orRemove}`,
  })
}

function wayTo(db: string | null): string {
  if (db === null) return 'Wait until it has ended.'
  const command = `TDD_DB=${shellWord(db)} orchestrator`
  return `Follow it with ${command} attach, or end it with ${command} stop. For another run at the same time name another place: TDD_STATE_DIRECTORY.`
}
