import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Transcripts } from '../../src/engine/transcripts.ts'
import { readTranscriptFile } from '../../src/observe/transcript-tail.ts'
import { systemClock } from '../../src/runtime/clock.ts'

// In a small file system of its own (argv[2]): an attempt tells something before, while and after the disk is full; of a
// second one the disk takes nothing any more. Prints what is kept of them.
const [, , directory = ''] = process.argv
const db = join(directory, 'store.db')
const transcripts = new Transcripts({ db, clock: systemClock, secrets: [], keptMs: 1e9, bytes: 1e9 })
const begin = (attempt: number) =>
  transcripts.begin({ run: 'r', task: 'A', stage: 'red', agent: 'a', attempt })
const fill = (): void => {
  for (let bytes = 1024 * 1024; bytes >= 1; ) {
    try {
      appendFileSync(join(directory, 'big'), Buffer.alloc(bytes))
    } catch {
      bytes = Math.floor(bytes / 2)
    }
  }
}
const first = begin(1)
const say = async (text: string): Promise<void> => {
  first.hear({ kind: 'said', text })
  await systemClock.sleep(500)
}
await say('before')
fill()
await say('x'.repeat(50_000))
rmSync(join(directory, 'big'))
await say('after')
await first.end()
await transcripts[Symbol.asyncDispose]()
const second = begin(2)
fill()
second.hear({ kind: 'said', text: 'x'.repeat(50_000) })
await second.end()
await transcripts[Symbol.asyncDispose]()
const [one, two] = [1, 2].map((attempt) => readTranscriptFile(db, { run: 'r', attempt }))
process.stdout.write(
  JSON.stringify({
    first: one?.entries,
    whole: [one?.whole, two?.whole ?? false],
  }),
)
