import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Stamp } from './disk.ts'
import type { TreeEntry } from './git.ts'
import { pathToBytes } from './tree-object.ts'

interface IndexEntry {
  readonly path: string
  readonly entry: TreeEntry
  /** Null where git does not look at it: submodules. */
  readonly stamp: Stamp | null
}

/** Of the file system and the person; the same for all files of a tree. */
interface IndexOwner {
  readonly dev: number
  readonly uid: number
  readonly gid: number
}

/**
 * An index of version 2 whose stat data are those of the files, so that git need not read a single one to know that
 * nothing changed.
 */
export async function formatIndex(
  entries: readonly IndexEntry[],
  request: { readonly owner: IndexOwner; readonly objectFormat: 'sha1' | 'sha256' },
): Promise<Buffer> {
  const rows = entries.map((entry) => ({ ...entry, name: pathToBytes(entry.path) }))
  rows.sort((left, right) => Buffer.compare(left.name, right.name))
  const header = Buffer.alloc(12)
  header.write('DIRC', 'latin1')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(rows.length, 8)
  const parts: Buffer[] = [header]
  for (const [index, row] of rows.entries()) {
    parts.push(formatRow(row, request.owner))
    // Others get their turn between the rows of a large tree.
    if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate()
  }
  const body = Buffer.concat(parts)
  return Buffer.concat([body, createHash(request.objectFormat).update(body).digest()])
}

const ROWS_AT_ONCE = 1_000
const STAT_BYTES = 40
const FLAG_BYTES = 2
const MAX_NAME_LENGTH = 0xfff
const NS_PER_S = 1_000_000_000n

function formatRow(row: IndexEntry & { readonly name: Buffer }, owner: IndexOwner): Buffer {
  const id = Buffer.from(row.entry.id, 'hex')
  const length = STAT_BYTES + id.length + FLAG_BYTES + row.name.length
  // At least one NUL ends the name, and rows are multiples of eight bytes.
  const bytes = Buffer.alloc((length & ~7) + 8)
  if (row.stamp !== null) writeStat(bytes, row.stamp, owner)
  bytes.writeUInt32BE(Number.parseInt(row.entry.mode, 8), 24)
  id.copy(bytes, STAT_BYTES)
  bytes.writeUInt16BE(Math.min(row.name.length, MAX_NAME_LENGTH), STAT_BYTES + id.length)
  row.name.copy(bytes, STAT_BYTES + id.length + FLAG_BYTES)
  return bytes
}

/** Git keeps the low 32 bits of everything. */
function writeStat(bytes: Buffer, stamp: Stamp, owner: IndexOwner): void {
  const fields = [
    Number((stamp.ctimeNs / NS_PER_S) & 0xffffffffn),
    Number(stamp.ctimeNs % NS_PER_S),
    Number((stamp.mtimeNs / NS_PER_S) & 0xffffffffn),
    Number(stamp.mtimeNs % NS_PER_S),
    owner.dev >>> 0,
    Number(stamp.ino & 0xffffffffn),
    0,
    owner.uid >>> 0,
    owner.gid >>> 0,
    stamp.size >>> 0,
  ]
  for (const [index, field] of fields.entries()) bytes.writeUInt32BE(field, index * 4)
}
