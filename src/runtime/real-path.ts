import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { hasCode } from './has-code.ts'

/**
 * Where a path leads, as far as something is there, and behind that where its links say. What nobody may look at, or leads in a
 * circle, stays as it is: whoever opens it tells why.
 */
export function realPath(path: string): string {
  let at = path
  let missing = ''
  for (let links = 0; ; ) {
    const found = look(at)
    if (found.kind === 'there') return join(found.real, missing)
    if (found.kind === 'link' && links < MOST_LINKS) {
      links += 1
      // The folder is not made plain: what `..` stands for behind a link is told by that link.
      at = isAbsolute(found.target) ? found.target : `${dirname(at)}/${found.target}`
      continue
    }
    const folder = dirname(at)
    if (folder === at) return path
    missing = join(basename(at), missing)
    at = folder
  }
}

/** Whether a link stands there that leads to nothing. */
export function leadsNowhere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true && !existsSync(path)
}

/** As many links as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40

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
