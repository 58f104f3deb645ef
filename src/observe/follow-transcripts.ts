import { dirname, join } from 'node:path'
import { transcriptsBeside } from '../config/transcript-place.ts'
import type { Stage } from '../domain/stage.ts'
import type { TaskStateName } from '../domain/task.ts'
import type { TranscriptEntry } from '../domain/transcript.ts'
import type { Clock } from '../runtime/clock.ts'
import { watchDirectories } from '../runtime/watch-directories.ts'
import type { AttemptRecord, Run, StoreReader } from './open-readonly.ts'
import { isLive } from './open-watch.ts'
import { TranscriptTail } from './transcript-tail.ts'

/** Where nothing wakes us. */
const LOOK_MS = 1_000

interface Following {
  readonly reader: StoreReader
  readonly db: string
  readonly run: Pick<Run, 'id'>
  readonly task: string
  readonly wanted: WantedAttempts
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Null where it does not matter. */
export interface WantedAttempts {
  readonly number: number | null
  readonly stage: Stage | null
}

export function isWanted({ number, stage }: AttemptRecord, wanted: WantedAttempts): boolean {
  return (wanted.number ?? number) === number && (wanted.stage ?? stage) === stage
}

export type FollowedTranscript =
  | { readonly kind: 'begun'; readonly attempt: AttemptRecord }
  | { readonly kind: 'entry'; readonly attempt: AttemptRecord; readonly entry: TranscriptEntry }
  /** `whole`: nothing of it is missing; null where none was kept in a file. */
  | { readonly kind: 'ended'; readonly attempt: AttemptRecord; readonly whole: boolean | null }

/**
 * What the agents of a task tell, as they tell it, from the first chosen attempt on. Answers why it ends: the task has
 * ended, nobody works on the run, or the signal.
 */
export async function* followTranscripts(
  following: Following,
): AsyncGenerator<FollowedTranscript, 'ended' | 'left' | 'stopped'> {
  const { reader, db, run, task, clock, signal } = following
  using watching = watchDirectories([dirname(db), join(transcriptsBeside(db), run.id)], clock)
  const done = new Set<number>()
  const open = new Map<number, TranscriptTail>()
  try {
    while (!signal.aborted) {
      // Asked before what is there is read: what comes afterwards is seen at the next look.
      const isOver = hasEnded(reader.task(run.id, task)?.state.state ?? 'cancelled')
      const isLeft = !isLive(reader)
      for (const attempt of reader.attempts(run.id, task)) {
        if (done.has(attempt.id) || !isWanted(attempt, following.wanted)) continue
        yield* told(attempt, { open, of: { db, run: run.id } })
        if (attempt.outcome.kind !== 'running') done.add(attempt.id)
      }
      if (isOver || (following.wanted.number !== null && done.size > 0 && open.size === 0)) return 'ended'
      if (isLeft) return 'left'
      await watching.changed(LOOK_MS, signal)
    }
    return 'stopped'
  } finally {
    for (const tail of open.values()) tail[Symbol.dispose]()
  }
}

function* told(
  attempt: AttemptRecord,
  {
    open,
    of,
  }: {
    readonly open: Map<number, TranscriptTail>
    readonly of: { readonly db: string; readonly run: string }
  },
): Generator<FollowedTranscript> {
  let tail = open.get(attempt.id)
  if (tail === undefined) {
    tail = new TranscriptTail(of.db, { run: of.run, attempt: attempt.id })
    open.set(attempt.id, tail)
    yield { kind: 'begun', attempt }
  }
  for (const entry of tail.more()) yield { kind: 'entry', attempt, entry }
  if (attempt.outcome.kind === 'running') return
  yield { kind: 'ended', attempt, whole: tail.isThere ? tail.isWhole : null }
  tail[Symbol.dispose]()
  open.delete(attempt.id)
}

/** A person may retry what failed; then somebody may follow it again. */
function hasEnded(state: TaskStateName): boolean {
  return ENDED.includes(state)
}

const ENDED: readonly TaskStateName[] = ['completed', 'failed', 'cancelled', 'needs_human']
