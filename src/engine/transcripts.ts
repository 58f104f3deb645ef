import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { makeStateDirectory } from '../config/state-directory.ts'
import { PACKED, transcriptFiles, transcriptsBeside } from '../config/transcript-place.ts'
import type { Stage } from '../domain/stage.ts'
import type { Clock } from '../runtime/clock.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Store } from '../store/store.ts'
import { TranscriptWriter } from './transcript-writer.ts'

interface TranscriptOptions {
  /** The store that they lie beside. */
  readonly db: string
  readonly clock: Clock
  /** Redacted also where they are cut in several parts. */
  readonly secrets: readonly string[]
  /** Older ones go. */
  readonly keptMs: number
  /** Of all of them; beyond that the oldest go. */
  readonly bytes: number
}

type PrunedStore = Pick<Store, 'run' | 'pruneTranscripts' | 'prunePrompts'>

interface BeginningAttempt {
  readonly run: string
  readonly task: string
  readonly stage: Stage
  readonly attempt: number
  readonly agent: string
}

/** Where what agents tell is kept. */
export interface AttemptTranscripts {
  begin(attempt: BeginningAttempt): Pick<TranscriptWriter, 'note' | 'hear' | 'end'>
  prune(store: PrunedStore): Promise<void>
}

/** What agents tell, in a file for each attempt beside the store: written as it comes, packed when the attempt has ended. */
export class Transcripts implements AttemptTranscripts, AsyncDisposable {
  readonly #options: TranscriptOptions
  readonly #forms: readonly string[]
  readonly #live = new Set<string>()
  /** One after the other, behind the work of agents: nobody waits for it. */
  #packing: Promise<void> = Promise.resolve()
  #bytes = 0

  constructor(options: TranscriptOptions) {
    this.#options = options
    this.#forms = secretForms(options.secrets)
    makeStateDirectory(transcriptsBeside(options.db))
  }

  /** Whatever becomes of the file, the attempt goes on. */
  begin(attempt: BeginningAttempt): TranscriptWriter {
    const { db, clock } = this.#options
    const { live } = transcriptFiles(db, attempt)
    this.#live.add(live)
    return new TranscriptWriter({
      file: live,
      clock,
      forms: this.#forms,
      begun: { kind: 'begun', at: clock.now(), ...attempt },
      onEnd: () => {
        this.#live.delete(live)
        this.#packing = this.#packing.then(() => this.#pack(live))
      },
    })
  }

  /** Packs what a process that was killed left, and lets go of what is too old, too much, or of a run that is gone; of prompts as well. */
  prune(store: PrunedStore): Promise<void> {
    const pruned = this.#packing.then(() => this.#prune(store))
    this.#packing = pruned.catch(() => undefined)
    return pruned
  }

  /** Resolves once everything is packed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#packing
  }

  async #prune(store: PrunedStore): Promise<void> {
    const { db, clock, keptMs, bytes } = this.#options
    const from = clock.now() - keptMs
    while ((await store.pruneTranscripts(from, ROWS_AT_ONCE)) === ROWS_AT_ONCE);
    while ((await store.prunePrompts({ from, bytes }, ROWS_AT_ONCE)) === ROWS_AT_ONCE);
    const place = transcriptsBeside(db)
    const known: string[] = []
    for (const run of await namesIn(place)) {
      if ((await store.run(run)) === null) await rm(join(place, run), { recursive: true, force: true })
      else known.push(join(place, run))
    }
    for (const directory of known) {
      for (const name of await namesIn(directory)) {
        const file = join(directory, name)
        if (name.endsWith(PARTIAL)) await rm(file, { force: true })
        else if (!name.endsWith(PACKED) && !this.#live.has(file)) await this.#pack(file)
      }
    }
    await this.#keep(from)
  }

  async #pack(live: string): Promise<void> {
    const packed = `${live}${PACKED}`
    try {
      await pipeline(
        createReadStream(live),
        createGzip(),
        createWriteStream(`${packed}${PARTIAL}`, { mode: 0o600 }),
      )
      const { atime, mtime } = await stat(live)
      await utimes(`${packed}${PARTIAL}`, atime, mtime)
      await rename(`${packed}${PARTIAL}`, packed)
      await rm(live, { force: true })
      this.#bytes += (await stat(packed)).size
      if (this.#bytes > this.#options.bytes)
        await this.#keep(this.#options.clock.now() - this.#options.keptMs)
    } catch {
      // Where there is no room to pack it, it stays as it is: it is read all the same, and packed with the next run.
      await rm(`${packed}${PARTIAL}`, { force: true }).catch(() => undefined)
    }
  }

  /** The newest that have room. */
  async #keep(from: number): Promise<void> {
    const files = (await this.#files()).toSorted((one, other) => other.at - one.at)
    this.#bytes = 0
    for (const { path, at, bytes } of files) {
      const stays = this.#live.has(path) || (at >= from && this.#bytes + bytes <= this.#options.bytes)
      if (stays) this.#bytes += bytes
      else await rm(path, { force: true })
    }
  }

  async #files(): Promise<{ readonly path: string; readonly at: number; readonly bytes: number }[]> {
    const place = transcriptsBeside(this.#options.db)
    const files = []
    for (const run of await namesIn(place)) {
      for (const name of await namesIn(join(place, run))) {
        const path = join(place, run, name)
        const found = await stat(path).catch(() => null)
        if (found !== null) files.push({ path, at: found.mtimeMs, bytes: found.size })
      }
    }
    return files
  }
}

/** In one transaction. */
const ROWS_AT_ONCE = 1_000
const PARTIAL = '.part'

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch {
    // It is gone, or no directory: there is nothing of ours in it.
    return []
  }
}
