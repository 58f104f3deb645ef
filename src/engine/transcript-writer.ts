import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AgentEvent, AgentResult, Usage } from '../agents/agent.ts'
import { entryLine, type TranscriptEntry } from '../domain/transcript.ts'
import type { Clock } from '../runtime/clock.ts'
import { firstToWait, redactAcross } from '../runtime/redact-across.ts'

interface WriterOptions {
  readonly file: string
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  /** Known secrets in every form; a text alone is redacted already. */
  readonly forms: readonly string[]
  readonly begun: TranscriptEntry
  /** Told once nothing of it writes any more. */
  readonly onEnd: () => void
}

/** Written soon after it was told, and not more often than this. */
const EVERY_MS = 250
/** The sum that was used is kept not more often than this. */
const USAGE_EVERY_MS = 2_000
/** Of one text that an agent says. */
const LONGEST_TEXT = 64 * 1024
/** Of one attempt, before it is packed; only how it ended is kept beyond. */
const MOST_CHARACTERS = 4 * 1024 * 1024
/** Of what waits to be written, where the disk is slower than the agent. */
const MOST_WAITING = 1024 * 1024
/** How long the end of an attempt waits for a disk that does not answer. */
const LONGEST_END_MS = 5_000

/** Keeps what one attempt tells while it tells it. It never throws, and never waits for the disk but at its end, bounded. */
export class TranscriptWriter {
  readonly #options: WriterOptions
  readonly #ended = new AbortController()
  #waiting: TranscriptEntry[]
  #waitingCharacters = 0
  #written = 0
  #usage: { readonly at: number; readonly latest: Usage | null } = { at: 0, latest: null }
  /** What was not kept since the last entry that was, and why. */
  #lost = { entries: 0, reason: '' }
  #handle: FileHandle | null = null
  /** Something may stand in the file that was cut by a full disk. */
  #isCut = false
  #writing: Promise<void> | null = null

  constructor(options: WriterOptions) {
    this.#options = options
    this.#waiting = [options.begun]
    this.#start()
  }

  /** What we say of the attempt ourselves. */
  note(text: string): void {
    this.#keep({ kind: 'note', at: this.#options.clock.now(), text: text.slice(0, LONGEST_TEXT) })
  }

  hear(event: AgentEvent): void {
    const at = this.#options.clock.now()
    switch (event.kind) {
      case 'said':
        return this.#keep({ kind: 'said', at, text: event.text.slice(0, LONGEST_TEXT) })
      case 'tool':
        return this.#keep({ ...event, at })
      case 'limited':
        return this.#keep({ ...event, at })
      case 'usage':
        this.#usage = { ...this.#usage, latest: event.usage }
        if (at - this.#usage.at >= USAGE_EVERY_MS) this.#keepUsage(at)
        return
      case 'result':
        this.#keepUsage(at)
        return this.#keep(
          { kind: 'result', at, result: event.result.kind, detail: detailOf(event.result) },
          true,
        )
    }
  }

  /** Nothing more is told: what was is written, where the disk takes it. */
  async end(): Promise<void> {
    this.#keep({ kind: 'ended', at: this.#options.clock.now() }, true)
    this.#ended.abort()
    const closed = this.#close()
    const { clock } = this.#options
    const waited = new AbortController()
    await Promise.race([closed, clock.sleep(LONGEST_END_MS, waited.signal)])
    waited.abort()
  }

  async #close(): Promise<void> {
    await this.#writing
    // What was held back for the rest of a secret, and what failed a moment ago.
    await this.#write(true)
    await this.#handle?.close().catch(() => undefined)
    this.#options.onEnd()
  }

  #keepUsage(at: number): void {
    const { latest } = this.#usage
    if (latest === null) return
    this.#usage = { at, latest: null }
    this.#keep({ kind: 'usage', at, ...latest }, true)
  }

  #keep(entry: TranscriptEntry, always = false): void {
    const size = sizeOf(entry)
    const isFull = this.#written + this.#waitingCharacters + size > MOST_CHARACTERS
    if (!always && (isFull || this.#waitingCharacters + size > MOST_WAITING)) {
      const reason = isFull
        ? 'the attempt told more than is kept of one'
        : 'the disk is slower than the agent'
      this.#lost = { entries: this.#lost.entries + 1, reason }
      return
    }
    const { entries, reason } = this.#lost
    if (entries > 0) this.#waiting.push({ kind: 'gap', at: entry.at, entries, reason })
    this.#lost = { entries: 0, reason: '' }
    this.#waiting.push(entry)
    this.#waitingCharacters += size
    this.#start()
  }

  #start(): void {
    this.#writing ??= this.#writeOn()
  }

  async #writeOn(): Promise<void> {
    while (!this.#ended.signal.aborted && this.#waiting.length > 0) {
      await this.#options.clock.sleep(EVERY_MS, this.#ended.signal)
      if (!(await this.#write(false))) break
    }
    this.#writing = null
  }

  /** False where nothing could be written, or everything waits for what comes. */
  async #write(all: boolean): Promise<boolean> {
    const entries = this.#take(all)
    if (entries.length === 0) return false
    const text = entries.map(entryLine).join('')
    // Counted before it is written: more is told meanwhile.
    this.#written += text.length
    try {
      this.#handle ??= await opened(this.#options.file)
      await this.#handle.appendFile(this.#isCut ? `\n${text}` : text)
      this.#isCut = false
      return true
    } catch (thrown) {
      this.#isCut = true
      this.#written -= text.length
      const lost = entries.reduce((sum, entry) => sum + (entry.kind === 'gap' ? entry.entries : 1), 0)
      this.#lost = { entries: this.#lost.entries + lost, reason: diskProblem(thrown) }
      return false
    }
  }

  /** What can be written by now, with no secret in it that is cut in several texts. */
  #take(all: boolean): TranscriptEntry[] {
    const said = this.#waiting.flatMap((entry, index) => (entry.kind === 'said' ? [{ entry, index }] : []))
    const texts = said.map(({ entry }) => entry.text)
    // Where something else was told since, nothing is put together any more.
    const isOpen =
      !all && this.#waiting.slice(said.at(-1)?.index ?? 0).every(({ kind }) => CONTINUED.includes(kind))
    const first = isOpen ? firstToWait(texts, this.#options.forms) : texts.length
    const until = said[first]?.index ?? this.#waiting.length
    const taken = this.#waiting.slice(0, until)
    const clean = redactAcross(texts.slice(0, first), this.#options.forms)
    said.slice(0, first).forEach(({ entry, index }, place) => {
      taken[index] = { ...entry, text: clean[place] ?? '' }
    })
    this.#waiting = this.#waiting.slice(until)
    this.#waitingCharacters = this.#waiting.reduce((sum, entry) => sum + sizeOf(entry), 0)
    return taken
  }
}

/** Told in between, while a text goes on. */
const CONTINUED: readonly TranscriptEntry['kind'][] = ['said', 'usage', 'limited']

async function opened(file: string): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  return open(file, 'a', 0o600)
}

/** In words that name no place. */
function diskProblem(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return ['ENOSPC', 'EDQUOT'].includes(code)
    ? 'the disk is full'
    : `the disk refused it (${code || 'no reason given'})`
}

function sizeOf(entry: TranscriptEntry): number {
  const fixed = 100
  if (entry.kind === 'said') return fixed + entry.text.length
  if (entry.kind !== 'tool') return fixed
  return fixed + entry.detail.length + (entry.input?.length ?? 0) + (entry.outcome?.text.length ?? 0)
}

function detailOf(result: AgentResult): string {
  switch (result.kind) {
    case 'done':
    case 'aborted':
      return ''
    case 'disputed':
      return result.reason
    case 'gave_up':
      return `${result.cause}: ${result.detail}`
    case 'provider_limit':
      return `${result.cause}: ${result.detail}`
    case 'infrastructure':
      return `${result.code}: ${result.detail}`
  }
}
