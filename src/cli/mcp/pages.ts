import { OrchestratorError } from '../../errors.ts'
import { systemClock } from '../../runtime/clock.ts'

/** Characters of one answer; what is longer comes in parts. */
const PAGE = 40_000
const MOST_KEPT = 8
const LONGEST_KEPT = 8 * 1024 * 1024

export interface Page {
  readonly text: string
  /** For `more`; null where this is the end. */
  readonly cursor: string | null
}

/** Answers that are too long for one message, kept as they were when they were given until they are pushed out by others. */
export class Pages {
  readonly #kept = new Map<string, string>()

  first(text: string): Page {
    if (text.length <= PAGE) return { text, cursor: null }
    const id = systemClock.id()
    this.#kept.set(id, text.slice(0, LONGEST_KEPT))
    for (const old of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(old)
    return this.#page(id, 0)
  }

  next(cursor: string): Page {
    const [, id = '', at = ''] = /^([a-z0-9]{12}):(\d{1,9})$/.exec(cursor) ?? []
    const text = this.#kept.get(id)
    if (text === undefined || Number(at) >= text.length)
      throw new OrchestratorError('usage', 'nothing is kept under this cursor', {
        hint: `Ask anew: the latest ${MOST_KEPT} long answers are kept.`,
      })
    return this.#page(id, Number(at))
  }

  #page(id: string, at: number): Page {
    const text = this.#kept.get(id) ?? ''
    const end = at + PAGE
    return { text: text.slice(at, end), cursor: end < text.length ? `${id}:${end}` : null }
  }
}
