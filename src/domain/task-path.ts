import { matchesAny } from './path-pattern.ts'
import type { TaskDefinition } from './plan.ts'

/**
 * Whether entries that a task declares hold a path: a file is itself, `dir/**` is what lies below it, and no other
 * character means anything but itself. `app/[id].js` is a file of that name.
 */
export function holdsPath(entries: readonly string[], path: string): boolean {
  return isHeld(heldBy(entries), path)
}

type TaskPaths = Pick<TaskDefinition, 'tests' | 'sources' | 'locks'>

/**
 * Whether a task names a path among its tests or sources. What it declares itself, and therefore locks, are entries; what
 * it has of its suite are patterns, read in order.
 */
export function namesPath(task: TaskPaths, list: 'tests' | 'sources', path: string): boolean {
  const { declared, patterns } = partsOf(task)[list]
  return isHeld(declared, path) || matchesAny(patterns, path)
}

/** Whether a task declares a path among its tests itself, beyond the patterns of its suite. */
export function declaresTest(path: string, task: TaskPaths): boolean {
  return isHeld(partsOf(task).tests.declared, path)
}

/** Whether a task declares just this file among its tests, not a directory around it. */
export function declaresTestFile(path: string, task: TaskPaths): boolean {
  return partsOf(task).tests.declared.files.has(path)
}

/** An entry as file locks compare it. */
interface Lock {
  /** Path in one letter case and one Unicode form; of a directory without `/**`, empty for the whole repository. */
  readonly key: string
  readonly isPrefix: boolean
}

/** Letter case and Unicode form are ignored, because some file systems ignore them. */
export function lockOf(entry: string): Lock {
  const key = entry.normalize('NFC').toLowerCase().normalize('NFC')
  const directory = directoryOf(key)
  return directory === null ? { key, isPrefix: false } : { key: directory, isPrefix: true }
}

/** Whether two entries of file locks may mean the same file. */
export function overlaps(left: string, right: string): boolean {
  const one = lockOf(left)
  const other = lockOf(right)
  return one.key === other.key || contains(one, other.key) || contains(other, one.key)
}

interface Held {
  readonly files: ReadonlySet<string>
  readonly directories: readonly string[]
}

interface Parts {
  readonly declared: Held
  readonly patterns: readonly string[]
}

/** A commit of a replayed history names thousands of paths, each asked about as often: they are sorted out once. */
const sorted = new WeakMap<TaskPaths, { readonly tests: Parts; readonly sources: Parts }>()

function partsOf(task: TaskPaths): { readonly tests: Parts; readonly sources: Parts } {
  const known = sorted.get(task)
  if (known !== undefined) return known
  const locks = new Set(task.locks)
  const split = (entries: readonly string[]): Parts => ({
    declared: heldBy(entries.filter((entry) => locks.has(entry))),
    patterns: entries.filter((entry) => !locks.has(entry)),
  })
  const parts = { tests: split(task.tests), sources: split(task.sources) }
  sorted.set(task, parts)
  return parts
}

function heldBy(entries: readonly string[]): Held {
  return {
    files: new Set(entries),
    directories: entries.map(directoryOf).filter((directory) => directory !== null),
  }
}

function isHeld({ files, directories }: Held, path: string): boolean {
  return files.has(path) || directories.some((directory) => isBelow(directory, path))
}

function contains({ key, isPrefix }: Lock, path: string): boolean {
  return isPrefix && isBelow(key, path)
}

function isBelow(directory: string, path: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`)
}

/** The directory of `dir/**`, empty for `**`; null for a file. */
function directoryOf(entry: string): string | null {
  if (entry === '**') return ''
  return entry.endsWith('/**') ? entry.slice(0, -3) : null
}
