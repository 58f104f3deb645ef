import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { StringDecoder } from 'node:string_decoder'
import { transcriptFiles } from '../config/transcript-place.ts'
import { parseEntry, type Transcript, type TranscriptEntry } from '../domain/transcript.ts'

/** More than is written of one attempt, whoever wrote it. */
const MOST_BYTES = 64 * 1024 * 1024
const CHUNK_BYTES = 256 * 1024

/** The transcript of one attempt as far as it is there, in whatever form; null where none was kept in a file. */
export function readTranscriptFile(
  db: string,
  of: { readonly run: string; readonly attempt: number },
): Transcript | null {
  using tail = new TranscriptTail(db, of)
  const entries = tail.more()
  return tail.isThere ? { entries, whole: tail.isWhole } : null
}

/** Reads the transcript of one attempt as it grows, from another process than writes it, and also while it is packed. */
export class TranscriptTail implements Disposable {
  readonly #files: { readonly live: string; readonly packed: string }
  readonly #decoder = new StringDecoder('utf8')
  #descriptor: number | null = null
  #isPacked = false
  #bytes = 0
  #rest = ''
  #skipped = 0
  #gaps = 0
  #hasEnded = false

  constructor(db: string, of: { readonly run: string; readonly attempt: number }) {
    this.#files = transcriptFiles(db, of)
  }

  /** Something was kept of it. */
  get isThere(): boolean {
    return this.#descriptor !== null || this.#isPacked
  }

  /** It was told to its end, and no line of it is cut of which no gap tells: a full disk cuts one, and then the gap is told. */
  get isWhole(): boolean {
    return this.#hasEnded && this.#skipped <= this.#gaps && this.#rest === ''
  }

  /** What was told since the last call. */
  more(): TranscriptEntry[] {
    if (this.#isPacked) return []
    this.#descriptor ??= opened(this.#files.live)
    if (this.#descriptor !== null) return this.#entriesOf(this.#read(this.#descriptor))
    const text = unpacked(this.#files.packed)
    if (text === null) return []
    this.#isPacked = true
    return this.#entriesOf(text)
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
    this.#isPacked = true
  }

  #read(descriptor: number): string {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let text = ''
    while (this.#bytes < MOST_BYTES) {
      const count = readSync(descriptor, chunk, 0, chunk.length, this.#bytes)
      if (count === 0) break
      this.#bytes += count
      text += this.#decoder.write(chunk.subarray(0, count))
    }
    return text
  }

  #entriesOf(text: string): TranscriptEntry[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => {
      if (line === '') return []
      const entry = parseEntry(line)
      if (entry === null) this.#skipped += 1
      if (entry?.kind === 'gap') this.#gaps += 1
      if (entry?.kind === 'ended') this.#hasEnded = true
      return entry === null ? [] : [entry]
    })
  }
}

function opened(file: string): number | null {
  try {
    return openSync(file, 'r')
  } catch {
    // It is packed by now, or nothing was told yet.
    return null
  }
}

/** As much of it as can be read: a copy that was cut still tells its beginning. */
function unpacked(file: string): string | null {
  try {
    const packed = readFileSync(file)
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_BYTES }).toString()
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
    return ['ENOENT', 'ENOTDIR'].includes(code) ? null : ''
  }
}
