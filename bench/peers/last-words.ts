import type { ChildProcess } from 'node:child_process'

const KEPT = 4_096

/** Reads on what a process prints, and keeps the end of it, for the error that tells of its death. */
export function lastWords(
  child: ChildProcess,
  onWords: (kept: string) => void = () => undefined,
): () => string {
  let kept = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-KEPT)
      onWords(kept)
    })
  return () => kept.trim()
}
