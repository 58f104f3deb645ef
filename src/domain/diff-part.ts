import type { TreeId } from './evidence.ts'
import type { DiffFiles } from './diff-files.ts'

/** Which part of a task's work: its tests, its sources, or what was refused last. */
type PartName = 'tests' | 'sources' | 'refused'

/** A part of a task's work that somebody wants to see. */
export interface WantedDiff {
  readonly task: string
  readonly part: PartName
  /** Trees, or commits, which stand for theirs. */
  readonly from: TreeId
  readonly to: TreeId
}

/** What it changed, or why that is not shown. */
export interface DiffPart {
  readonly part: PartName
  readonly shown: DiffFiles | { readonly leftOut: string }
}
