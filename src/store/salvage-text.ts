import { rmSync } from 'node:fs'
import { shellWord } from '../domain/shell-word.ts'
import { messageOf } from '../errors.ts'
import { logDamage } from './log-damage.ts'
import { type Salvage, salvage } from './salvage.ts'
import { BY_HAND } from './sqlite-errors.ts'
import type { Damage } from './thread-messages.ts'

/** Saves what can be read of a damaged store, and says where it is and how to go on. */
export function salvageHint(path: string, damage: Damage, at: number): string {
  try {
    const saved = salvage(path, at)
    // A copy that has the same row would lead here again, and to a copy of its own.
    if (damage === 'row' && saved?.read?.missing.length === 0) {
      rmSync(saved.path)
      return BY_HAND
    }
    return saved === null
      ? `Nothing of a store could be read in it, and it was left as it is. ${moveAway(path)} Then put a backup there, or start with an empty store.`
      : savedText(path, saved, logDamage(path) !== null)
  } catch (thrown) {
    return `It was left as it is; what can still be read of it could not be saved beside it: ${messageOf(thrown).replace(/\.$/, '')}. Mend that and enter the same command again.`
  }
}

function savedText(path: string, { path: saved, read }: Salvage, isOfLog: boolean): string {
  const what =
    read === null
      ? `What can still be read of it was saved in ${saved} before.`
      : `What can still be read of it, ${read.rows} rows, is saved in ${saved}: ${missingText(read.missing, isOfLog)}.`
  return `${what} The damaged file was left as it is. Look at what was saved: TDD_DB=${shellWord(saved)} orchestrator status. To go on with it: ${moveAway(path)} Then move ${saved} there, and enter orchestrator run --resume.${againText(read)}`
}

function missingText(missing: NonNullable<Salvage['read']>['missing'], isOfLog: boolean): string {
  if (missing.length === 0 && isOfLog) return 'missing is what the commits behind the damage of its log held'
  if (missing.length === 0) return 'as far as it shows, nothing is missing'
  const tables = missing.map(({ table, rows }) =>
    rows === null ? `some of ${table}` : `up to ${rows} of ${table}`,
  )
  return `missing are ${tables.join(', ')}`
}

const PLANNED = ['runs', 'plans', 'tasks']

/** What is done where something is missing that people handed in. */
function againText(read: Salvage['read']): string {
  const isMissing = read?.missing.some(({ table }) => PLANNED.includes(table)) === true
  return isMissing
    ? ' What is missing of the plan has to be handed in again; what has landed is on its branch.'
    : ''
}

/** What SQLite keeps beside the file outlives a kill, and would be written into whatever is put in the place of the file. */
function moveAway(path: string): string {
  return `Move ${path} away together with ${path}-wal and ${path}-shm, as far as they are there.`
}
