import { type FSWatcher, watch } from 'node:fs'
import type { Clock } from './clock.ts'

/** Tells when something in one of these directories changes; they may come later. */
interface DirectoryWatch extends Disposable {
  /** Resolves soon after something has changed since the last call, after `mostMs` in any case, or with the signal. */
  changed(mostMs: number, signal: AbortSignal): Promise<void>
}

/** The system wakes us; where it cannot (no watches left, a network's files), only the time does. */
export function watchDirectories(paths: readonly string[], clock: Pick<Clock, 'sleep'>): DirectoryWatch {
  const watchers = new Map<string, FSWatcher>()
  let hasChanged = false
  let wake = new AbortController()
  const tell = (): void => {
    hasChanged = true
    wake.abort()
  }
  const drop = (path: string): void => {
    watchers.get(path)?.close()
    watchers.delete(path)
  }
  const begin = (path: string): void => {
    if (watchers.has(path)) return
    try {
      const watcher = watch(path, tell).on('error', () => drop(path))
      watchers.set(path, watcher)
      tell()
    } catch {
      // It is not there yet, or cannot be watched: the next look tries again.
      drop(path)
    }
  }
  for (const path of paths) begin(path)
  return {
    changed: async (mostMs, signal) => {
      for (const path of paths) begin(path)
      if (!hasChanged) await clock.sleep(mostMs, AbortSignal.any([signal, wake.signal]))
      // Many changes come together: one look is for all of them.
      await clock.sleep(TOGETHER_MS, signal)
      hasChanged = false
      wake = new AbortController()
    },
    [Symbol.dispose]: () => {
      for (const path of paths) drop(path)
    },
  }
}

const TOGETHER_MS = 50
