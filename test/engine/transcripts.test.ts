import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentEvent, NO_USAGE } from '../../src/agents/agent.ts'
import { transcriptFiles, transcriptsBeside } from '../../src/config/transcript-place.ts'
import { Transcripts } from '../../src/engine/transcripts.ts'
import { readTranscriptFile, TranscriptTail } from '../../src/observe/transcript-tail.ts'
import { systemClock } from '../../src/runtime/clock.ts'

const DAY_MS = 86_400_000
const SECRET = 'plain-looking-key-9431'
const BEGUN = { run: 'run-1', task: 'A', stage: 'red', attempt: 7, agent: 'a' } as const
const DONE: AgentEvent = { kind: 'result', result: { kind: 'done', claims: {} } }
/** One run is known, and the store holds no transcripts of older programs. */
const STORE = {
  run: (id: string) => Promise.resolve(id === 'run-1' ? ({ id } as never) : null),
  pruneTranscripts: () => Promise.resolve(0),
  prunePrompts: () => Promise.resolve(0),
}

describe('transcripts', () => {
  let directory: string
  let db: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'transcripts-'))
    db = join(directory, 'store.db')
  })
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  const open = (over: { bytes?: number; secrets?: string[] } = {}): Transcripts =>
    new Transcripts({ db, clock: systemClock, secrets: [], keptMs: 10 * DAY_MS, bytes: 1e9, ...over })
  const textOf = (attempt = 7): string => JSON.stringify(readTranscriptFile(db, { run: 'run-1', attempt }))
  const kindsOf = (attempt = 7): (string | undefined)[] =>
    readTranscriptFile(db, { run: 'run-1', attempt })?.entries.map(({ kind }) => kind) ?? []
  const tell = async (transcripts: Transcripts, attempt: number, ...events: AgentEvent[]): Promise<void> => {
    const writer = transcripts.begin({ ...BEGUN, attempt })
    for (const event of events) writer.hear(event)
    await writer.end()
  }

  it('can be read by others while an attempt goes on, once it is packed, and in between', async () => {
    const transcripts = open()
    const writer = transcripts.begin(BEGUN)
    using tail = new TranscriptTail(db, { run: 'run-1', attempt: 7 })
    const seen: unknown[] = []
    const until = async (count: number): Promise<void> => {
      while (seen.length < count) {
        seen.push(...tail.more())
        await systemClock.sleep(20)
      }
    }
    writer.hear({ kind: 'said', text: 'first' })
    await until(2)
    expect(tail.isWhole).toBe(false)
    writer.hear({
      kind: 'tool',
      name: 'Bash',
      detail: 'ls',
      call: '1',
      outcome: { failed: true, text: 'no' },
    })
    writer.hear({ kind: 'usage', usage: { ...NO_USAGE, inputTokens: 5 } })
    writer.hear(DONE)
    await writer.end()
    await transcripts[Symbol.asyncDispose]()
    await until(6)
    expect(seen).toMatchObject([
      { kind: 'begun', ...BEGUN },
      { kind: 'said', text: 'first' },
      { kind: 'tool', name: 'Bash', detail: 'ls', call: '1', outcome: { failed: true, text: 'no' } },
      { kind: 'usage', inputTokens: 5 },
      { kind: 'result', result: 'done', detail: '' },
      { kind: 'ended' },
    ])
    expect(tail.isWhole).toBe(true)
    expect(readdirSync(join(transcriptsBeside(db), 'run-1'))).toEqual(['7.jsonl.gz'])
    expect(readTranscriptFile(db, { run: 'run-1', attempt: 7 })).toEqual({ entries: seen, whole: true })
    expect(readTranscriptFile(db, { run: 'run-1', attempt: 8 })).toBeNull()
  })

  it('hold no secret that is told in parts, whenever the parts come', async () => {
    const transcripts = open({ secrets: [SECRET] })
    const writer = transcripts.begin(BEGUN)
    const { live } = transcriptFiles(db, { run: 'run-1', attempt: 7 })
    writer.hear({ kind: 'said', text: 'the key is plain-' })
    await systemClock.sleep(600)
    expect(readFileSync(live, 'utf8')).not.toContain('plain')
    writer.hear({ kind: 'usage', usage: NO_USAGE })
    writer.hear({ kind: 'said', text: 'looking-key-' })
    await systemClock.sleep(600)
    writer.hear({ kind: 'said', text: '9431, you see' })
    await systemClock.sleep(600)
    expect(readFileSync(live, 'utf8')).toContain('you see')
    await writer.end()
    await transcripts[Symbol.asyncDispose]()
    expect(textOf()).toContain('the key is [redacted]')
    expect(textOf()).not.toMatch(/plain|looking|9431/)
  })

  it('tell how far they go where the process was killed: what was cut is left out, and said', async () => {
    const transcripts = open()
    await tell(transcripts, 7, { kind: 'said', text: 'first' }, { kind: 'said', text: 'second' })
    await transcripts[Symbol.asyncDispose]()
    const { live, packed } = transcriptFiles(db, { run: 'run-1', attempt: 7 })
    const text = gunzipSync(readFileSync(packed)).toString()
    writeFileSync(live, text.slice(0, text.indexOf('second') + 3))
    rmSync(packed)
    const cut = readTranscriptFile(db, { run: 'run-1', attempt: 7 })
    expect(cut?.whole).toBe(false)
    expect(kindsOf()).toEqual(['begun', 'said'])
    // The next run packs it, and it tells the same.
    await open().prune(STORE)
    expect([existsSync(live), existsSync(packed)]).toEqual([false, true])
    expect(readTranscriptFile(db, { run: 'run-1', attempt: 7 })).toEqual(cut)
    truncateSync(packed, 60)
    expect(readTranscriptFile(db, { run: 'run-1', attempt: 7 })?.whole).toBe(false)
    appendFileSync(packed, 'no gzip at all')
    expect(readTranscriptFile(db, { run: 'run-1', attempt: 7 })?.whole).toBe(false)
  })

  it('are bounded for an attempt that floods, and keep how it ended', async () => {
    const transcripts = open()
    const writer = transcripts.begin(BEGUN)
    for (let turn = 0; turn < 20; turn += 1) {
      for (let count = 0; count < 10; count += 1) writer.hear({ kind: 'said', text: 'x'.repeat(100_000) })
      await systemClock.sleep(60)
    }
    writer.hear(DONE)
    await writer.end()
    const { live } = transcriptFiles(db, { run: 'run-1', attempt: 7 })
    await transcripts[Symbol.asyncDispose]()
    const text = gunzipSync(readFileSync(`${live}.gz`))
    expect(text.length).toBeLessThan(4.3 * 1024 * 1024)
    expect(kindsOf().slice(-3)).toEqual(['gap', 'result', 'ended'])
    const kept = readTranscriptFile(db, { run: 'run-1', attempt: 7 })
    const said = kept?.entries.filter(({ kind }) => kind === 'said').length ?? 0
    const lost =
      kept?.entries.reduce((sum, entry) => sum + (entry.kind === 'gap' ? entry.entries : 0), 0) ?? 0
    expect(said + lost).toBe(200)
    expect(lost).toBeGreaterThan(100)
    expect(kept?.whole).toBe(true)
  })

  it('never fail an attempt where they cannot be written, and say what is missing', async () => {
    const transcripts = open()
    const place = dirname(transcriptFiles(db, { run: 'run-1', attempt: 7 }).live)
    // Something stands where the folder is needed, as for a disk that takes nothing.
    writeFileSync(place, '')
    const writer = transcripts.begin(BEGUN)
    writer.hear({ kind: 'said', text: 'not kept' })
    // Tried once by then, on a busy machine too.
    await systemClock.sleep(2_500)
    rmSync(place)
    writer.hear({ kind: 'said', text: 'kept' })
    writer.hear(DONE)
    await writer.end()
    await transcripts[Symbol.asyncDispose]()
    expect(readTranscriptFile(db, { run: 'run-1', attempt: 7 })?.entries).toMatchObject([
      { kind: 'gap', entries: 2, reason: 'the disk refused it (EEXIST)' },
      { kind: 'said', text: 'kept' },
      { kind: 'result' },
      { kind: 'ended' },
    ])
    writeFileSync(dirname(transcriptFiles(db, { run: 'run-2', attempt: 1 }).live), '')
    const nowhere = transcripts.begin({ ...BEGUN, run: 'run-2' })
    nowhere.hear(DONE)
    await nowhere.end()
    await transcripts[Symbol.asyncDispose]()
    expect(readTranscriptFile(db, { run: 'run-2', attempt: 7 })).toBeNull()
  })

  it('go when they are too old, too much, or of a run that is gone', async () => {
    const filled = open()
    const long = { kind: 'said', text: 'x' } as const
    for (const attempt of [1, 2, 3]) await tell(filled, attempt, long)
    await filled[Symbol.asyncDispose]()
    const of = (attempt: number): string => transcriptFiles(db, { run: 'run-1', attempt }).packed
    const size = readFileSync(of(1)).length
    const aged = (attempt: number, days: number): void => {
      const at = (systemClock.now() - days * DAY_MS) / 1_000
      utimesSync(of(attempt), at, at)
    }
    aged(1, 11)
    aged(2, 9)
    aged(3, 8)
    const gone = join(transcriptsBeside(db), 'run-9')
    mkdirSync(gone)
    writeFileSync(join(gone, '1.jsonl.gz'), '')
    await open().prune(STORE)
    expect([1, 2, 3].filter((attempt) => existsSync(of(attempt)))).toEqual([2, 3])
    expect(existsSync(gone)).toBe(false)
    const small = open({ bytes: size * 2 + 20 })
    await small.prune(STORE)
    await tell(small, 4, long)
    await small[Symbol.asyncDispose]()
    expect([1, 2, 3, 4].filter((attempt) => existsSync(of(attempt)))).toEqual([3, 4])
  })
})
