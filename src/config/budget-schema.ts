import { z } from 'zod'
import { optional } from './option.ts'

const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

const WORDS = {
  task: { whose: 'one task may', after: 'then it waits for a person', time: 'Time in which it is worked on' },
  day: {
    whose: 'all runs of the repository together may',
    after: 'then they pause until the next',
    time: 'Time in which agents or tests work',
  },
} as const

/** A budget of each task, or of each day: from midnight to midnight where the program runs. */
export function budgetOptions(scope: keyof typeof WORDS) {
  const { whose, after, time } = WORDS[scope]
  const within = scope === 'day' ? ' within a day' : ''
  return {
    invocations: optional(count, {
      unset: 'no limit',
      doc: `Agent calls that ${whose} make${within}; ${after}.`,
    }),
    usd: optional(z.number().positive().max(1e9), {
      unit: 'US dollars',
      unset: 'no limit',
      doc: `Money that ${whose} spend${within}; ${after}.`,
    }),
    tokens: optional(count, {
      unit: 'tokens',
      unset: 'no limit',
      doc: `Tokens that ${whose} use${within}; ${after}.`,
    }),
    timeMs: optional(count, { unit: 'ms', unset: 'no limit', doc: `${time}${within}; ${after}.` }),
  }
}
