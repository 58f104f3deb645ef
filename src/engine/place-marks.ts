import { statSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeStateDirectory, stateUnusable } from '../config/state-directory.ts'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import { isAlive, processIdentity } from '../runtime/process-identity.ts'
import { MARKS } from './remove-place.ts'
import { hasCode } from '../runtime/has-code.ts'

const ENDING = '.json'

const markShape = z.object({
  ownerId: z.string(),
  process: z.object({ host: z.string(), bootId: z.string(), pid: z.number(), processStart: z.string() }),
  /** The store that the process records in; null for a bench, which has none. */
  db: z.string().nullable(),
  /** Which file that is, by whatever path one comes to it. */
  file: z.string().nullable().default(null),
})

/** What a process says of itself in the place that it works in. */
export type Mark = z.infer<typeof markShape>

export interface User {
  readonly ownerId: string
  /** The store that it owns; null for none. */
  readonly db: string | null
}

/** Says that this process works in a place. Throws `state_unusable`. */
export async function markPlace(directory: string, { ownerId, db }: User): Promise<void> {
  const file = markFile(directory, ownerId)
  const mark: Mark = { ownerId, process: processIdentity(), db, file: fileIdOf(db) }
  const write = (): Promise<void> => {
    makeStateDirectory(join(directory, MARKS))
    return writeFile(file, JSON.stringify(mark))
  }
  try {
    // Who put the place away may have removed the empty directory as it was made.
    await write().catch((thrown: unknown) => {
      if (hasCode(thrown, 'ENOENT')) return write()
      throw thrown
    })
  } catch (cause) {
    await rm(file, { force: true }).catch(() => undefined)
    throw stateUnusable(file, cause)
  }
}

/** Gives the place back. */
export function removeMark(directory: string, { ownerId }: Pick<Mark, 'ownerId'>): Promise<void> {
  return rm(markFile(directory, ownerId), { force: true })
}

export async function readMarks(directory: string): Promise<Mark[]> {
  const names = await readdir(join(directory, MARKS)).catch(() => [])
  const marks: Mark[] = []
  for (const name of names) {
    if (!name.endsWith(ENDING)) continue
    const mark = await readMark(join(directory, MARKS, name))
    if (mark !== null) marks.push(mark)
  }
  return marks
}

/** Which file a store is; null for none. */
export function fileIdOf(db: string | null): string | null {
  const found = db === null ? undefined : statSync(db, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}

export function placeInUse(directory: string, { ownerId, process, db }: Mark): OrchestratorError {
  const { pid, host, processStart } = process
  const store = db === null ? '' : `, and records in the store ${db}`
  const remove = `where it was killed, remove ${markFile(directory, ownerId)}.`
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

function markFile(directory: string, ownerId: string): string {
  return join(directory, MARKS, `${ownerId}${ENDING}`)
}

async function readMark(file: string): Promise<Mark | null> {
  try {
    return markShape.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Given back meanwhile, or not whole yet: who still writes it looks at ours afterwards.
    return null
  }
}
