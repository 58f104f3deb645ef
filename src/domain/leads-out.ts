import { posix } from 'node:path'

/**
 * Whether a link at a path, relative to the top of a tree, leads out of the tree or may do so: up first and then down, and not
 * above the top. Behind a name on the way down another link may lead elsewhere, and up from there.
 */
export function leadsOut(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const ups = parts.findIndex((part) => part !== '..')
  if (ups !== -1 && parts.slice(ups).includes('..')) return true
  return posix.join(posix.dirname(path), target).split('/')[0] === '..'
}
