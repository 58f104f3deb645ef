import type { StubRecord } from '../../domain/evidence.ts'
import { classifyPath } from '../../domain/path-class.ts'
import { familyOf } from '../syntax.ts'
import { isOwnSource, type StubRequest } from './plan-stubs.ts'
import { replaceExports } from './replace-exports.ts'

interface RemovalPlan {
  readonly throwing: ReadonlyMap<string, string>
  readonly undefined: ReadonlyMap<string, string>
  readonly records: readonly StubRecord[]
  /** Declared exports that no source of the task has. */
  readonly absent: readonly string[]
}

/** Sources beyond this are not searched for the declared exports. */
const MAX_SOURCES = 3_000

/**
 * Replaces each export that a task declares by a stub, wherever a source of the task exports it; any source of the suite
 * where the task, which only verifies what exists, names none.
 */
export async function planRemoval(request: Omit<StubRequest, 'testFiles'>): Promise<RemovalPlan> {
  const names = request.task.exports
  const throwing = new Map<string, string>()
  const silent = new Map<string, string>()
  const records: StubRecord[] = []
  const sources =
    names.length === 0
      ? []
      : [...request.files.keys()].filter((path) => familyOf(path) !== null && isSearched(path, request))
  for (const path of sources.slice(0, MAX_SOURCES)) {
    const text = await request.read(path)
    if (text === null) continue
    const [loud, quiet] = (['throwing', 'undefined'] as const).map((variant) =>
      replaceExports({ path, text }, names, variant),
    )
    if (loud === null || loud === undefined || quiet === null || quiet === undefined) continue
    throwing.set(path, loud.text)
    silent.set(path, quiet.text)
    records.push({ path, names: [...loud.replaced].sort(), kind: 'appended_exports' })
  }
  const found = new Set(records.flatMap((record) => record.names))
  return { throwing, undefined: silent, records, absent: names.filter((name) => !found.has(name)) }
}

function isSearched(path: string, request: Pick<StubRequest, 'suite' | 'task' | 'ownSources'>): boolean {
  if (request.task.sources.length > 0) return isOwnSource(path, request)
  return classifyPath(path, [request.suite], request.task) === 'source'
}
