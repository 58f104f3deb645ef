import type { ProcessRow, ProcessSource } from './process-tree.ts'

/**
 * The processes of the machine, listed at most once in `freshMs`: commands that are watched at the same time share one
 * look. Good for watching limits; who must miss nobody asks the source itself.
 */
export function sharedListing(
  source: Pick<ProcessSource, 'list'>,
  freshMs: number,
): () => Promise<ProcessRow[]> {
  let latest: { readonly at: number; readonly rows: Promise<ProcessRow[]> } | null = null
  return () => {
    if (latest === null || performance.now() - latest.at >= freshMs) {
      latest = { at: performance.now(), rows: source.list() }
    }
    return latest.rows
  }
}
