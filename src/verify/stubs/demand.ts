import type { Suite } from '../../domain/suite.ts'
import type { TreeTexts } from './tree-texts.ts'

/** Something that tests ask of the sources and that is not there. */
export interface Demand {
  readonly path: string
  readonly exists: boolean
  readonly names: Set<string>
  /** Some file needs it to link or load as an ES module. */
  linked: boolean
}

/** What finding the demands of one file needs. */
export interface DemandSearch {
  readonly tree: TreeTexts
  readonly suite: Suite
  /** Whether a missing module at this path would be the task's. */
  isOwn(path: string): boolean
  /** Paths that the task names one by one, among its patterns. */
  readonly named: ReadonlySet<string>
  /** Whether an existing file is a source whose missing names may be stubbed. */
  isSource(path: string): boolean
  demand(
    path: string,
    request: { readonly exists: boolean; readonly names: readonly string[]; readonly linked: boolean },
  ): void
  follow(path: string): void
  foreign(file: string, specifier: string): void
}
