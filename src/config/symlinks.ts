import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../domain/plan.ts'
import type { Problem } from '../domain/problem.ts'
import { messageOf } from '../errors.ts'
import { hasCode } from '../runtime/has-code.ts'

/** Tasks' paths that lead through a symbolic link, or below something that is no directory. Looks at each directory once. */
export function symlinkProblems(plan: Plan, repositoryRoot: string): Problem[] {
  const seen = new Map<string, Kind>()
  return plan.tasks.flatMap((task, index) =>
    (['tests', 'sources', 'allow'] as const).flatMap((list) =>
      task[list].flatMap((path, position) => {
        const what = faultOf(path, repositoryRoot, seen)
        const right = 'name the place where the files really are'
        return what === null
          ? []
          : [{ path: ['tasks', index, list, position], what: `${JSON.stringify(path)} ${what}`, right }]
      }),
    ),
  )
}

type Kind = 'directory' | 'file' | 'link' | 'missing'

function faultOf(path: string, root: string, seen: Map<string, Kind>): string | null {
  // A pattern of the suite is literal up to its first wildcard; the part that holds it is not a place yet.
  const literal = path.replace(/^!/, '').replace(/(^|\/)[^/]*[*?{].*$/, '')
  const parts = literal === '' ? [] : literal.split('/')
  for (let length = 1; length <= parts.length; length += 1) {
    const prefix = parts.slice(0, length).join('/')
    const kind = seen.get(prefix) ?? kindOf(join(root, prefix))
    seen.set(prefix, kind)
    if (kind === 'missing') return null
    if (kind === 'link') return `leads through the symbolic link ${JSON.stringify(prefix)}`
    if (kind === 'file' && length < parts.length) {
      return `leads below ${JSON.stringify(prefix)}, which is no directory`
    }
  }
  return null
}

function kindOf(path: string): Kind {
  try {
    const found = lstatSync(path)
    if (found.isSymbolicLink()) return 'link'
    return found.isDirectory() ? 'directory' : 'file'
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) {
      return 'missing'
    }
    throw new Error(`${path} cannot be looked at: ${messageOf(cause)}`, { cause })
  }
}
