import { isGitDirectory } from './git-name.ts'

type ReadPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly what: string; readonly right: string }

/** The longest path that a task may name, in characters. */
const PATH_LENGTH = 1024

/**
 * A task's path as the product writes it: relative to the repository, `/` between directories, no `.` and no empty
 * parts; a whole directory is `dir/**`. Reading an already read path changes nothing.
 */
export function readTaskPath(text: string): ReadPath {
  const relative = readRelative(text)
  if (!relative.ok) return relative
  const { path } = relative
  const subtree = path.endsWith('/**')
  const literal = subtree ? path.slice(0, -3) : path
  if (/[*?]/.test(literal)) return wrong('is a pattern', 'name a file (src/parse.js) or a directory (src/**)')
  if (path === '.') return wrong('names the whole repository', 'name files or directories (src/**)')
  if (text.endsWith('/')) {
    return wrong('ends with a slash', `write ${JSON.stringify(`${path}/**`)} for the directory`)
  }
  if (isUnder(literal, '.tdd')) return wrong('lies in .tdd, which only people change', 'leave it out')
  return relative
}

/** A directory or pattern of a suite: relative like a task's path, with wildcards; a leading `!` takes away. */
export function readPattern(text: string): ReadPath {
  return readRelative(text)
}

/** Whether `path` is `directory` or lies below it. */
export function isUnder(path: string, directory: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`)
}

/** Equal for paths that a file system without letter case or Unicode forms cannot tell apart. */
export function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function readRelative(text: string): ReadPath {
  if (text.trim() === '') return wrong('is empty', 'name a path inside the repository')
  if (text.length > PATH_LENGTH) {
    return wrong(`is longer than ${PATH_LENGTH} characters`, 'use a shorter path')
  }
  if (hasControl(text)) return wrong('contains a control character', 'remove it')
  if (text.includes('\\')) return wrong('contains a backslash', 'write / between directories')
  if (text.startsWith('/') || /^[A-Za-z]:\//.test(text)) {
    return wrong('is absolute', 'write it relative to the top of the repository')
  }
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) return wrong('leaves the repository or contains ".."', 'write it without ".."')
  if (parts.some(isGitDirectory)) return wrong('lies in .git', 'leave it out')
  return { ok: true, path: parts.length === 0 ? '.' : parts.join('/') }
}

/** Whether the text holds a control character, a line separator or half of a character. */
export function hasControl(text: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(text) || !text.isWellFormed()
}

function wrong(what: string, right: string): ReadPath {
  return { ok: false, what, right }
}
