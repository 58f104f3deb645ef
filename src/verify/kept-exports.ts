import type { PathChange, RuleFinding, TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { moduleShape } from './stubs/javascript-exports.ts'
import { familyOf } from './syntax.ts'
import type { Laboratory } from './verify.ts'

/**
 * Maintenance leaves exports as they are, but for those it lists: names that a changed source file of a maintenance task
 * lost or gained. Files whose names syntax cannot tell are left to the tests.
 */
export async function findChangedExports(
  laboratory: Laboratory,
  where: {
    readonly task: TaskDefinition
    readonly baseTree: TreeId
    readonly tree: TreeId
    readonly changes: readonly PathChange[]
  },
): Promise<RuleFinding[]> {
  if (where.task.kind !== 'maintenance') return []
  const findings: RuleFinding[] = []
  for (const { path } of where.changes.filter(
    (change) => change.change === 'modified' && change.pathClass === 'source',
  )) {
    if (familyOf(path) !== 'js') continue
    const before = await laboratory.read(where.baseTree, path)
    const now = await laboratory.read(where.tree, path)
    if (before === null || now === null) continue
    for (const { name, how } of differences(path, before, now)) {
      if (where.task.exports.includes(name)) continue
      findings.push({
        rule: 'exports_changed',
        file: path,
        test: null,
        line: null,
        message: `${how} the export ${name}, which this maintenance task does not list`,
      })
    }
  }
  return findings
}

function differences(
  path: string,
  before: string,
  now: string,
): { readonly name: string; readonly how: string }[] {
  const [then, after] = [moduleShape(path, before), moduleShape(path, now)]
  const beyondSyntax = [then, after].some((shape) => shape.open || shape.stars.length > 0)
  if (beyondSyntax) return []
  return [
    ...[...then.names].filter((name) => !after.names.has(name)).map((name) => ({ name, how: 'it lost' })),
    ...[...after.names].filter((name) => !then.names.has(name)).map((name) => ({ name, how: 'it gained' })),
  ]
}
