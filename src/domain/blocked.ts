import type { Refusal } from './verdict.ts'

/** What is handed to the next attempt: the refusals that it had to repair, and the latest such reason. */
export function repairAfterBlocked(repair: readonly Refusal[], reason: string): readonly Refusal[] {
  return [...repair.filter(({ fact }) => !fact.startsWith(SAID)), blockedRefusal(reason)]
}

/** What the next attempt is told of one whose agent said that it cannot go on. Its word proves nothing: the attempt counts. */
function blockedRefusal(reason: string): Refusal {
  return {
    code: 'no_change',
    fact: `${SAID} ${reason}`,
    hint: 'Nobody has checked that. Look for a way yourself; a person reads the reasons when all attempts are used up.',
    details: [],
  }
}

const SAID = 'The agent before said that it cannot go on:'
