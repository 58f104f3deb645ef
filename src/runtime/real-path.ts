import { existsSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { hasCode } from './has-code.ts'

/**
 * Where a path leads, as far as something is there, and behind that where its links say. Links that lead in a circle are not
 * followed, nor what nobody may look at: whoever opens it tells why.
 */
export function realPath(path: string): string {
  const missing: string[] = []
  let at = path
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const found = look(at)
    if (found.kind === 'there') return join(found.real, ...missing)
    if (found.kind === 'link') {
      // The folder is not made plain: what `..` stands for behind a link is told by that link.
      at = isAbsolute(found.target) ? found.target : `${dirname(at)}/${found.target}`
      continue
    }
    const folder = dirname(at)
    if (folder === at) break
    missing.unshift(basename(at))
    at = folder
  }
  return path
}

/** Whether a link stands there that leads to nothing. */
export function leadsNowhere(path: string): boolean {
  return linkAt(path) !== null && !existsSync(path)
}

/** More than a path that can be opened has names and links: 4096 bytes, and 40 links (path_resolution(7)). */
const MOST_STEPS = 2_100

type Found =
  | { readonly kind: 'there'; readonly real: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'missing' }

function look(path: string): Found {
  try {
    return { kind: 'there', real: realpathSync.native(path) }
  } catch (thrown) {
    const isCircle = hasCode(thrown, 'ELOOP')
    const target = isCircle ? null : linkAt(path)
    return target === null ? { kind: 'missing' } : { kind: 'link', target }
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    // No link, or nothing at all.
    return null
  }
}
