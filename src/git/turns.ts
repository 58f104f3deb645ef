import { messageOf, OrchestratorError } from '../errors.ts'
import { hasCode } from '../runtime/has-code.ts'

/** Uses of one slot, one after the other. Whatever the file system says comes out as `slot_failed`. */
export class Turns {
  readonly #slot: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(slot: string) {
    this.#slot = slot
  }

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#reporting(work))
    this.#last = result.catch(() => {
      // Whoever asked for it is told; the next use begins afresh.
    })
    return result
  }

  /** Work nobody waits for: the next use meets the same difficulty and reports it to whoever asked. */
  takeUnasked(work: () => Promise<void>): void {
    this.#last = this.take(work).catch(() => {
      // See above.
    })
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<unknown> {
    return this.#last
  }

  async #reporting<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (reason) {
      if (reason instanceof OrchestratorError) throw reason
      const lacking = whatIsLacking(reason)
      const why = lacking === null ? messageOf(reason) : `${lacking} (${messageOf(reason)})`
      throw new OrchestratorError('slot_failed', `slot ${this.#slot}: ${why}`, {
        cause: reason,
        hint: lacking ?? LOOK,
      })
    }
  }
}

const LOOK =
  'Look at the permissions of the state directory; "orchestrator clean" removes slots, and they are made again.'

/** The first part of the message: of an attempt that was lost nothing else is kept, and lines are cut where paths are long. */
function whatIsLacking(reason: unknown): string | null {
  if (hasCode(reason, 'ENOSPC', 'EDQUOT'))
    return 'Make room on the disk of the state, or move it elsewhere with state.directory.'
  if (hasCode(reason, 'EMFILE', 'ENFILE'))
    return 'Raise the limit of open files (ulimit -n), or run fewer workers.'
  return null
}
