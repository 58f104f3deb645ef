/** What HFS+ leaves out when it compares names. */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** Whether git keeps a name for itself at every level of a tree: some file system takes it, or a part of it, for `.git`. */
export function isKeptByGit(name: string): boolean {
  return MAY_BE_GIT.test(name) && name.split('\\').some((part) => isGitDirectory(part))
}

/** Most names are not even looked at further. */
const MAY_BE_GIT = /g.*i.*t/i

/** Whether some file system takes a name for `.git`. NTFS drops dots and spaces at the end, and takes what follows a colon for a stream of the file. */
export function isGitDirectory(name: string): boolean {
  const plain = withoutIgnored(name)
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '')
  return plain === '.git' || plain === 'git~1'
}

export function withoutIgnored(name: string): string {
  return name.replace(IGNORED, '')
}
