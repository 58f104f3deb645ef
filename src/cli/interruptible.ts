import { OrchestratorError } from '../errors.ts'

/** Work that a person may interrupt: whatever it throws once the signal aborted is the interruption. */
export async function interruptible<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!signal.aborted) throw cause
    throw new OrchestratorError('interrupted', 'stopped before it was done; nothing was changed', {
      hint: 'Ask again for all of it.',
      cause,
    })
  }
}
