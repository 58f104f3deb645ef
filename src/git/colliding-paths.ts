import { pathKey } from '../domain/path-key.ts'

interface Collision {
  readonly path: string
  readonly other: string
}

/**
 * New entries of a tree whose name another entry of the same directory has in other letter case or Unicode form: many file
 * systems hold only one of the two, and a checkout there loses the other. What the tree had before is not looked at.
 */
export function collidingPaths(entries: readonly string[], isOld: (path: string) => boolean): Collision[] {
  const fresh = entries.filter((path) => !isOld(path))
  if (fresh.length === 0) return []
  const directories = new Set(fresh.map(directoryOf))
  const byKey = Map.groupBy(
    entries.filter((path) => directories.has(directoryOf(path))),
    (path) => `${directoryOf(path)}/${pathKey(path.slice(path.lastIndexOf('/') + 1))}`,
  )
  return [...byKey.values()].flatMap((same) => {
    const path = same.length < 2 ? undefined : same.find((one) => !isOld(one))
    const other = same.find((one) => one !== path)
    return path === undefined || other === undefined ? [] : [{ path, other }]
  })
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
