/** A process of this machine that has a store and says nothing, though it should do so every few seconds. */
export interface Silence {
  readonly pid: number
  /** Milliseconds since the epoch: when it said something last. */
  readonly since: number
}

/** What is the matter, and what lets it go on. */
export function silenceText(silence: Silence, now: number): string {
  const { pid, since } = silence
  const seconds = Math.round((now - since) / 1000)
  return `Process ${pid} has said nothing for ${seconds} s; it may be stopped. \`${continueCommand(silence)}\` lets it go on.`
}

export function continueCommand({ pid }: Pick<Silence, 'pid'>): string {
  return `kill -CONT ${pid}`
}
