/** What HFS+ leaves out when it compares names. */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

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
