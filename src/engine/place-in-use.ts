import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { shellWord } from '../domain/shell-word.ts'
import { OrchestratorError } from '../errors.ts'
import type { Exec } from '../runtime/exec.ts'
import { isAlive, processIdentity } from '../runtime/process-identity.ts'

/** Who works in a state directory: a mark for each, written before any command runs there, and removed behind the last. */
const MARKS = 'in-use-by'
const ENDING = '.json'

const markShape = z.object({
  ownerId: z.string(),
  process: z.object({ host: z.string(), bootId: z.string(), pid: z.number(), processStart: z.string() }),
  /** The store that the process records in; null for a bench, which has none. */
  db: z.string().nullable(),
})

interface User {
  readonly ownerId: string
  readonly db: string | null
}

/**
 * Makes this process the only one that works in a place, whatever store each records in: slots and objects are shared. Ends what
 * killed predecessors left running there. Who comes at the same moment sees the mark of the other: of two, at most one goes on.
 * Answers what gives the place back. Throws `place_in_use`.
 */
export async function takePlace(exec: Exec, directory: string, user: User): Promise<() => Promise<void>> {
  const giveBack = (): Promise<void> => rm(fileOf(directory, user.ownerId), { force: true })
  try {
    await markPlace(directory, user)
    for (const mark of await readMarks(directory)) {
      if (mark.ownerId === user.ownerId) continue
      if (!isGone(mark, user)) throw inUse(directory, mark)
      await exec.endOrphans(mark.ownerId)
      await rm(fileOf(directory, mark.ownerId), { force: true })
    }
    return giveBack
  } catch (thrown) {
    await giveBack()
    throw thrown
  }
}

/** Says that this process works in a place that is its own. */
export async function markPlace(directory: string, { ownerId, db }: User): Promise<void> {
  await mkdir(join(directory, MARKS), { recursive: true, mode: 0o700 })
  await writeFile(fileOf(directory, ownerId), JSON.stringify({ ownerId, process: processIdentity(), db }))
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
    await rm(bench, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Of another machine nothing is known, but that it has given up the store that we have. */
function isGone({ process, db }: Mark, user: User): boolean {
  const alive = isAlive(process)
  return alive === false || (alive === null && db !== null && db === user.db)
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
  const { pid, host } = process
  const store = db === null ? '' : `, and records in the store ${db}`
  return new OrchestratorError('place_in_use', `Process ${pid} on ${host} works in ${directory}${store}.`, {
    hint:
      isAlive(process) === null
        ? `Nobody here can tell whether it lives. End it there; where it was killed, remove ${fileOf(directory, ownerId)}.`
        : wayTo(db),
  })
}

function wayTo(db: string | null): string {
  if (db === null) return 'Wait until it has ended.'
  const command = `TDD_DB=${shellWord(db)} orchestrator`
  return `Follow it with ${command} attach, or end it with ${command} stop. For another run at the same time name another place: TDD_STATE_DIRECTORY.`
}
