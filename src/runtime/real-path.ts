import { readlinkSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { hasCode } from './has-code.ts'
import { isGone } from './is-gone.ts'

/**
 * Where an absolute path leads, as far as something is there, and behind that where its links say. What leads nowhere, as a circle
 * of links or `..` behind something missing, stays as it is, as does what nobody may look at: whoever opens it tells why.
 */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return walked(path)
  }
}

/** Whether a link stands there that leads to nothing. */
export function leadsNowhere(path: string): boolean {
  return typeof look(path) === 'object' && isGone(path)
}

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40
/** On the way, with those of links: a path that can be opened has half as many. A repository that was cloned may name any. */
const MOST_NAMES = 4096

/** Name by name, as the system does; what comes behind a missing one is not looked at. */
function walked(path: string): string {
  const ahead = namesOf(path)
  let at: string = sep
  let links = 0
  for (let count = 0; count < MOST_NAMES; count += 1) {
    const name = ahead.pop()
    if (name === undefined) return at
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const here = join(at, name)
    const found = look(here)
    // Nothing leads up again from what is not there.
    if (found === 'missing') return ahead.includes('..') ? path : [here, ...ahead.toReversed()].join(sep)
    if (found === 'there') {
      at = here
      continue
    }
    links += 1
    if (links > MOST_LINKS) break
    ahead.push(...namesOf(found.target))
    if (isAbsolute(found.target)) at = sep
  }
  return path
}

/** The first one last. */
function namesOf(path: string): string[] {
  const names = path.split(sep).filter((name) => name !== '' && name !== '.')
  return names.toReversed()
}

function look(path: string): 'there' | 'missing' | { readonly target: string } {
  try {
    return { target: readlinkSync(path) }
  } catch (thrown) {
    // Something that is no link.
    return hasCode(thrown, 'EINVAL') ? 'there' : 'missing'
  }
}
