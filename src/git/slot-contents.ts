import type { Stamp } from './disk.ts'
import type { TreeEntry } from './git.ts'

/** What a file was when the engine last wrote or read it. */
export interface FileRecord {
  readonly entry: TreeEntry
  readonly stamp: Stamp
}

/** What the tree of a slot holds, exact at the time it was written down. */
export interface SlotContents {
  readonly files: Map<string, FileRecord>
  readonly directories: Set<string>
  readonly dependencies: Set<string>
}

/** What a fill begins with. */
export interface Survey {
  readonly contents: SlotContents
  /** Files of which nothing is known but that they are there. */
  readonly unknown: ReadonlySet<string>
  readonly strange: readonly string[]
}

export function emptyContents(): SlotContents {
  return { files: new Map(), directories: new Set(), dependencies: new Set() }
}
