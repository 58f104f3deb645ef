import type { Clock } from '../runtime/clock.ts'

/** Lets loops sleep until something that concerns them happens, instead of asking again and again. */
export class Wake {
  #next = Promise.withResolvers<void>()

  /** Wakes everybody who waits now. */
  ring(): void {
    const woken = this.#next
    this.#next = Promise.withResolvers<void>()
    woken.resolve()
  }

  /** Take it before looking at the state, wait for it after: what happens in between is not missed. */
  ticket(): Promise<void> {
    return this.#next.promise
  }
}

/** Waits for a ticket, the end of a time, or an abort; whichever comes first. */
export async function waitFor(
  ticket: Promise<void>,
  options: { readonly clock: Clock; readonly ms: number; readonly signal: AbortSignal },
): Promise<void> {
  const done = new AbortController()
  const stop = (): void => done.abort()
  options.signal.addEventListener('abort', stop, { once: true })
  if (options.signal.aborted) stop()
  await Promise.race([ticket, options.clock.sleep(options.ms, done.signal)])
  stop()
  options.signal.removeEventListener('abort', stop)
}
