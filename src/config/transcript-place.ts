import { join } from 'node:path'
import { realPath } from '../runtime/real-path.ts'

/** Where the transcripts of a store lie: beside its file, in a folder for each run. A store without them is whole. */
export function transcriptsBeside(db: string): string {
  return `${realPath(db)}-transcripts`
}

/** The transcript of one attempt: `live` while it is written, and `packed` afterwards. */
export function transcriptFiles(
  db: string,
  of: { readonly run: string; readonly attempt: number },
): { readonly live: string; readonly packed: string } {
  const live = join(transcriptsBeside(db), of.run, `${of.attempt}.jsonl`)
  return { live, packed: `${live}${PACKED}` }
}

export const PACKED = '.gz'
