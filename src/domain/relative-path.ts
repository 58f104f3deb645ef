/** The path that a file means by a relative one, in the same repository; null where it leaves that. */
export function pathFrom(file: string, relative: string): string | null {
  const parts = file.split('/').slice(0, -1)
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.length === 0 ? '.' : parts.join('/')
}

/** Every directory above a path, the outermost first, without the repository itself. */
export function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** A path as imports may write it: whole, and without its ending. */
export function endingsOf(path: string): string[] {
  const bare = path.replace(/(?<=[^/])\.[^./]*$/, '')
  return bare === path ? [path] : [path, bare]
}
