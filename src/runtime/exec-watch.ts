import type { ExecEnd, ExecLimits } from './exec.ts'
import type { ProcessFamily } from './exec-ending.ts'
import type { ProcessRow, ProcessSource } from './process-tree.ts'

/** How often the limits on memory and processes are looked at. */
export const SAMPLE_MS = 500

export interface Watch {
  /** Resolves with the first reason to end the command; never when there is none. */
  readonly stopped: Promise<ExecEnd>
  /** The command has printed something. */
  heard(): void
  stop(end: ExecEnd): void
  /** Memory of its processes when that was last looked at. */
  seenBytes(): number
  /** Clears every timer and listener; may be called twice. */
  dispose(): void
}

interface WatchRequest {
  readonly limits: ExecLimits
  readonly family: ProcessFamily
  readonly source: Pick<ProcessSource, 'memoryBytes'>
  /** What is known of the processes of the machine; may be half a sample old. */
  readonly list: () => Promise<readonly ProcessRow[]>
  readonly abort: AbortSignal | undefined
}

/** Watches time, silence, memory, number of processes, and the caller's wish to end it. */
export function watchLimits({ limits, family, source, list, abort }: WatchRequest): Watch {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<ExecEnd>()
  const wall = setTimeout(() => stop({ kind: 'timeout', limitMs: limits.wallMs }), limits.wallMs)
  const { stallMs } = limits
  const stall =
    stallMs === null ? null : setTimeout(() => stop({ kind: 'stalled', limitMs: stallMs }), stallMs)
  const onAbort = (): void => stop({ kind: 'aborted' })
  abort?.addEventListener('abort', onAbort, { once: true })
  if (abort?.aborted === true) onAbort()
  const limited = limits.memoryBytes !== null || limits.processes !== null
  let sampling = false
  let seenBytes = 0
  const sampler = setInterval(() => {
    if (sampling) return
    sampling = true
    overLimit()
      .then((which) => which !== null && stop({ kind: 'limit', which }))
      .catch(() => {
        // A listing that fails once (descriptors used up) says nothing about the command; the next one may succeed.
      })
      .finally(() => {
        sampling = false
      })
  }, SAMPLE_MS)
  if (!limited) clearInterval(sampler)

  async function overLimit(): Promise<'memory' | 'processes' | null> {
    const pids = family.own(await list())
    if (limits.processes !== null && pids.length > limits.processes) return 'processes'
    if (limits.memoryBytes === null) return null
    seenBytes = await source.memoryBytes(pids)
    return seenBytes > limits.memoryBytes ? 'memory' : null
  }

  return {
    stopped,
    heard: () => stall?.refresh(),
    stop,
    seenBytes: () => seenBytes,
    dispose: () => {
      clearTimeout(wall)
      if (stall !== null) clearTimeout(stall)
      clearInterval(sampler)
      abort?.removeEventListener('abort', onAbort)
    },
  }
}
