/**
 * Whether a link at a path, relative to the top of a tree, leads out of the tree or may do so: up first and then down, and not
 * above the top. Behind a name on the way down another link may lead elsewhere, and up from there.
 */
export function leadsOut(path: string, target: string): boolean {
  if (target.startsWith('/')) return true
  const steps = target.split('/').filter((step) => step !== '' && step !== '.')
  const firstDown = steps.findIndex((step) => step !== '..')
  const ups = firstDown === -1 ? steps.length : firstDown
  const depth = path.split('/').length - 1
  return ups > depth || steps.slice(ups).includes('..')
}
