/**
 * Whether a link at a path, relative to the top of a tree, leads out of the tree or may do so. Where another link is on the way,
 * nobody knows where it goes on from there; what git keeps for itself is no part of the tree.
 */
export function leadsOut(path: string, target: string, isLink: (path: string) => boolean): boolean {
  if (target.startsWith('/')) return true
  const at = path.split('/').slice(0, -1)
  /** Of them, so many hold the link itself: they are folders. */
  let own = at.length
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') {
      at.push(step)
      continue
    }
    if (at.length === 0 || (at.length > own && isLink(at.join('/')))) return true
    at.pop()
    own = Math.min(own, at.length)
  }
  return at[0] === '.git'
}
