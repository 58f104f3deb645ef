import { isKeptByGit, withoutIgnored } from '../domain/git-name.ts'

/** What names git can hold. They are texts as `pathFromBytes` makes them. */

/** Whether git refuses the name at any level of a tree, on any platform: `.git` and all that some file system takes for it. */
export function forbiddenName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('\0') || name.includes('/')) return true
  return isKeptByGit(name)
}

/** Whether git refuses a symbolic link of this name: it would be read in place of a file that git trusts. */
export function forbiddenLinkName(name: string): boolean {
  return withoutIgnored(name).toLowerCase() === '.gitmodules'
}

/** Whether the bytes of the name are text. */
export function isTextName(name: string): boolean {
  return name.isWellFormed()
}
