import type { Guarded } from './disk-guard.ts'
import type { ExecEnd, ExecLimits } from './exec.ts'
import type { ProcessFamily } from './exec-ending.ts'
import type { ProcessRow, ProcessSource } from './process-tree.ts'
import { afterWatched } from './watched-time.ts'

/** How often the limits on memory, processes and disk are looked at. */
export const SAMPLE_MS = 500

export interface Watch {
  /** Resolves with the first reason to end the command; never when there is none. */
  readonly stopped: Promise<ExecEnd>
  /** The command has printed something. */
  heard(): void
  stop(end: ExecEnd): void
  /** It has ended by itself, well or not: whether the disk was at fault before anybody looked. */
  lastFault(failed: boolean): Promise<ExecEnd | null>
  /** Memory of its processes when that was last looked at. */
  seenBytes(): number
  /** Clears every timer and listener; may be called twice. */
  dispose(): void
}

interface WatchRequest {
  readonly limits: ExecLimits
  /** What it writes, from before it was started; null where it may write nothing. */
  readonly guarded: Guarded | null
  readonly family: ProcessFamily
  readonly source: Pick<ProcessSource, 'memoryBytes'>
  /** What is known of the processes of the machine; may be half a sample old. */
  readonly list: () => Promise<readonly ProcessRow[]>
  readonly abort: AbortSignal | undefined
}

/** Watches time, silence, memory, number of processes, what is written, and the caller's wish to end it. */
export function watchLimits(request: WatchRequest): Watch {
  const { limits, guarded, family, source, list, abort } = request
  const { promise: stopped, resolve: stop } = Promise.withResolvers<ExecEnd>()
  const { wallMs, stallMs } = limits
  const wall = afterWatched(wallMs, () => stop({ kind: 'timeout', limitMs: wallMs }))
  const stall =
    stallMs === null ? null : afterWatched(stallMs, () => stop({ kind: 'stalled', limitMs: stallMs }))
  const onAbort = (): void => stop({ kind: 'aborted' })
  abort?.addEventListener('abort', onAbort, { once: true })
  if (abort?.aborted === true) onAbort()
  let seenBytes = 0
  const looks: NodeJS.Timeout[] = []
  if (limits.memoryBytes !== null || limits.processes !== null) {
    looks.push(
      lookAgain(async () => {
        const pids = family.own(await list())
        if (limits.processes !== null && pids.length > limits.processes) return 'processes'
        if (limits.memoryBytes === null) return null
        seenBytes = await source.memoryBytes(pids)
        return seenBytes > limits.memoryBytes ? 'memory' : null
      }, stop),
    )
  }
  if (guarded !== null) looks.push(lookAgain(() => guarded.look(), stop))

  return {
    stopped,
    heard: () => stall?.again(),
    stop,
    lastFault: async (failed) => {
      const which = (await guarded?.lastLook(failed).catch(() => null)) ?? null
      return which === null ? null : { kind: 'limit', which }
    },
    seenBytes: () => seenBytes,
    dispose: () => {
      wall.end()
      stall?.end()
      for (const timer of looks) clearInterval(timer)
      guarded?.end()
      abort?.removeEventListener('abort', onAbort)
    },
  }
}

type Exceeded = Extract<ExecEnd, { kind: 'limit' }>['which']

/** Looks at an even pace, never twice at once, and ends the command with what it went over. */
function lookAgain(look: () => Promise<Exceeded | null>, stop: (end: ExecEnd) => void): NodeJS.Timeout {
  let looking = false
  return setInterval(() => {
    if (looking) return
    looking = true
    look()
      .then((which) => which !== null && stop({ kind: 'limit', which }))
      .catch(() => {
        // A look that fails once (descriptors used up) says nothing about the command; the next one may succeed.
      })
      .finally(() => {
        looking = false
      })
  }, SAMPLE_MS)
}
