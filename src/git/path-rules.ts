import { isGitDirectory, withoutIgnored } from '../domain/git-name.ts'

/**
 * What names git can hold, and when two paths are the same to a file system that ignores letter case or Unicode form.
 * Names and paths are texts as `pathFromBytes` makes them.
 */

/** Whether git refuses the name at any level of a tree, on any platform: `.git` and all that some file system takes for it. */
export function forbiddenName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('\0') || name.includes('/')) return true
  if (!MAY_BE_GIT.test(name)) return false
  return name.split('\\').some((part) => isGitDirectory(part))
}

/** Whether git refuses a symbolic link of this name: it would be read in place of a file that git trusts. */
export function forbiddenLinkName(name: string): boolean {
  return withoutIgnored(name).toLowerCase() === '.gitmodules'
}

/** Whether the bytes of the name are text. */
export function isTextName(name: string): boolean {
  return name.isWellFormed()
}

/** Equal for paths that differ only in letter case or Unicode form. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

const MAY_BE_GIT = /g.*i.*t/i
