import type { CommitId, TreeId } from '../domain/evidence.ts'
import type { Clock } from '../runtime/clock.ts'
import type { TreeChanges } from './git.ts'
import { type HandOver, handOver } from './hand-over.ts'
import type { ObjectReader } from './object-reader.ts'
import type { ObjectWriter } from './object-writer.ts'
import { RefusedChange, type Refs } from './refs.ts'

interface NotesOptions {
  readonly refs: Refs
  readonly reader: ObjectReader
  readonly writer: ObjectWriter
  readonly door: HandOver
  readonly clock: Clock
  readonly emptyTree: TreeId
}

interface Notes {
  write(commit: CommitId, text: string): Promise<void>
  read(commit: CommitId): Promise<string | null>
}

const NOTES = 'refs/notes/tdd'
const WRITER = { name: 'TDD Orchestrator', email: 'tdd-orchestrator@localhost' }

/** Notes as `git notes --ref=tdd` reads them, written by compare-and-swap so that no writer loses another's note. */
export function openNotes(options: NotesOptions): Notes {
  let last: Promise<void> = Promise.resolve()
  return {
    write: (commit, text) => {
      // Writers of this process queue up; only those of other processes race.
      const done = last.then(() => writeNote(options, commit, text))
      last = done.catch(() => {
        // The caller hears of it; the next note is not concerned.
      })
      return done
    },
    read: async (commit) => {
      const head = await options.refs.read(NOTES)
      return head === null ? null : ((await findNote(options.reader, head, commit))?.text ?? null)
    },
  }
}

async function writeNote(options: NotesOptions, commit: CommitId, text: string): Promise<void> {
  const { refs, reader, writer } = options
  await refs.persist([NOTES], async () => {
    const head = await refs.read(NOTES)
    const present = head === null ? null : await findNote(reader, head, commit)
    if (present?.text === text) return null
    const path = present?.path ?? notePaths(commit)[0]!
    const changes: TreeChanges = new Map([[path, { mode: '100644', content: Buffer.from(text) }]])
    const base = head === null ? options.emptyTree : (await reader.commit(head)).tree
    const next = await writer.commit({
      tree: await writer.compose(base, changes),
      parents: head === null ? [] : [head],
      message: `Note of ${commit}\n`,
      author: WRITER,
      committer: WRITER,
      at: options.clock.now(),
    })
    const known = head === null ? [] : [head]
    await handOver(options.door, [next], known)
    const answer = await refs.transact([{ kind: 'update', ref: NOTES, to: next, from: head }], 'note')
    return answer.code === 0 ? null : new RefusedChange(answer.stderr)
  })
}

async function findNote(
  reader: ObjectReader,
  head: CommitId,
  commit: CommitId,
): Promise<{ path: string; text: string } | null> {
  const { tree } = await reader.commit(head)
  for (const path of notePaths(commit)) {
    const entry = await reader.entry(tree, path)
    if (entry !== null) return { path, text: (await reader.blob(entry.id)).toString('utf8') }
  }
  return null
}

/** Git spreads notes over directories as they grow in number, and reads all of these. We write the first. */
function notePaths(commit: CommitId): string[] {
  const [first, second, third] = [commit.slice(0, 2), commit.slice(2, 4), commit.slice(4, 6)]
  return [
    `${first}/${commit.slice(2)}`,
    commit,
    `${first}/${second}/${commit.slice(4)}`,
    `${first}/${second}/${third}/${commit.slice(6)}`,
  ]
}
