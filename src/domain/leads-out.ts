import { isKeptByGit } from './git-name.ts'

/**
 * Whether a link at a path, relative to the top of a directory, leads out of it or may do so, where nothing is known of what
 * stands on its way: each name may be another link, and nobody knows where it goes up from there.
 */
export function mayLeadOut(path: string, target: string): boolean {
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
    if (at.length === 0 || at.length > own) return true
    at.pop()
    own = at.length
  }
  return isKeptByGit(at[0] ?? '')
}
