import type { TreeEntry } from './git.ts'

/** What one tree object says of itself, in git's order. */
export interface TreeRow extends TreeEntry {
  readonly name: string
}

export const TREE_MODE = '40000'

/** Reads a raw tree object; `idBytes` is 20 for sha1, 32 for sha256. */
export function parseTree(raw: Buffer, idBytes: number): TreeRow[] {
  const rows: TreeRow[] = []
  for (let at = 0; at < raw.length; ) {
    const space = raw.indexOf(0x20, at)
    const nul = raw.indexOf(0x00, space + 1)
    if (space < 0 || nul < 0 || nul + 1 + idBytes > raw.length) throw new Error('a tree object is cut off')
    rows.push({
      mode: fullMode(raw.toString('latin1', at, space)),
      name: pathFromBytes(raw.subarray(space + 1, nul)),
      id: raw.toString('hex', nul + 1, nul + 1 + idBytes),
    })
    at = nul + 1 + idBytes
  }
  return rows
}

/** The request that `git mktree -z --batch` understands; it sorts by itself. */
export function mktreeRequest(rows: Iterable<TreeRow>): Buffer {
  const parts: Buffer[] = []
  for (const row of rows) {
    parts.push(Buffer.from(`${row.mode} ${objectType(row.mode)} ${row.id}\t`), pathToBytes(row.name), NUL)
  }
  parts.push(NUL)
  return Buffer.concat(parts)
}

/**
 * A path as text. Bytes that are not UTF-8 become lone surrogates U+DC80 to U+DCFF, so that every path that git can
 * hold has one text and comes back as the same bytes.
 */
export function pathFromBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\uFFFD') || Buffer.from(text).equals(bytes)) return text
  let escaped = ''
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at)
    escaped += length > 0 ? bytes.toString('utf8', at, at + length) : String.fromCharCode(0xdc00 + bytes[at]!)
    at += Math.max(length, 1)
  }
  return escaped
}

/** The bytes of a path made by `pathFromBytes` or by anybody else. */
export function pathToBytes(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path)
  return Buffer.concat(
    Array.from(path, (character) => {
      const code = character.charCodeAt(0)
      const escaped = character.length === 1 && code >= 0xdc80 && code <= 0xdcff
      return escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(character)
    }),
  )
}

/** Whether git could hold the path and check it out: relative, `/` between names, no empty, `.`, `..` or `.git` name. */
export function isTreePath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((name) => !FORBIDDEN_NAMES.has(name.toLowerCase()))
}

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['', '.', '..', '.git'])
const NUL = Buffer.from([0])

function fullMode(mode: string): string {
  const plain = mode.replace(/^0+/, '')
  // Very old histories have group-writable files; git itself treats them as plain ones.
  return plain === '100664' ? '100644' : plain
}

function objectType(mode: string): string {
  if (mode === TREE_MODE) return 'tree'
  return mode === '160000' ? 'commit' : 'blob'
}

/** Length of the UTF-8 character that starts here, 0 when none does. */
function characterLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    const piece = bytes.subarray(at, at + length)
    if (Buffer.from(piece.toString('utf8')).equals(piece)) return length
  }
  return 0
}
