/**
 * Ctrl-C once: start nothing new. Twice: stop at once. A closed terminal and a termination request count as the first.
 * With `atOnce` the first one stops at once: what leaves nothing behind need not be wound down.
 */
export function stopOnSignals(
  tell: (line: string) => void,
  options: { readonly atOnce: boolean } = { atOnce: false },
): Disposable & { readonly winding: AbortSignal; readonly stopping: AbortSignal } {
  const winding = new AbortController()
  const stopping = new AbortController()
  const onSignal = (): void => {
    if (options.atOnce) {
      if (!stopping.signal.aborted) tell('Stopping.')
      winding.abort()
      stopping.abort()
      return
    }
    if (winding.signal.aborted) {
      tell('Stopping at once. How to resume is said at the end.')
      stopping.abort()
      return
    }
    tell(
      'Starting nothing new; what is under way may finish its stage. Once more to stop at once. How to resume is said at the end.',
    )
    winding.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    winding: winding.signal,
    stopping: stopping.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
