import type { BudgetRefusal, BudgetScope, BudgetWarning, Measure } from './budget.ts'
import { retryTask } from './closing-command.ts'
import { durationText } from './wording.ts'

/** Why an attempt does not begin. */
export function refusalText({ scope, measure, most, used, wanted }: BudgetRefusal): string {
  const asked =
    measure === 'invocations' || measure === 'timeMs'
      ? ''
      : `, and ${amountText(measure, wanted)} are set aside for one`
  return `the budget of ${amountText(measure, most)} ${OF[scope]} does not hold another attempt: ${amountText(measure, used)} are used or set aside${asked}`
}

/** Why an attempt was ended in its middle. */
export function overdraftText({ scope, measure, most, used }: BudgetRefusal): string {
  return `ended, for the budget of ${amountText(measure, most)} ${OF[scope]} is overdrawn: ${amountText(measure, used)} are used`
}

/** The same of a task, with the line that gives it its budgets anew. */
export function taskRefusalText(refusal: BudgetRefusal, key: string): string {
  return `${refusalText(refusal)}; ${retryTask(key)} gives it the same again`
}

export function warningText({ scope, measure, most, used }: BudgetWarning): string {
  return `${amountText(measure, used)} of ${amountText(measure, most)} ${OF[scope]} are used or set aside`
}

/** What to add to the command line so that the budget holds another attempt: twice of it, or twice of what is used. */
export function raiseFlag({ scope, measure, most, used, wanted }: BudgetRefusal): string {
  const enough = Math.max(2 * most, 2 * used, used + wanted)
  const flag = `${FLAGS[measure]}${scope === 'run' ? '' : `-per-${scope}`}`
  if (measure === 'usd') return `${flag} ${Math.ceil(enough * 100) / 100}`
  return measure === 'timeMs' ? `${flag} ${Math.ceil(enough)}ms` : `${flag} ${Math.ceil(enough)}`
}

function amountText(measure: Measure, amount: number): string {
  switch (measure) {
    case 'invocations':
      return `${amount} agent calls`
    case 'tokens':
      return `${Math.round(amount)} tokens`
    case 'usd':
      return `${Number(amount.toPrecision(3))} USD`
    case 'timeMs':
      return durationText(amount)
  }
}

const OF: Readonly<Record<BudgetScope, string>> = {
  run: 'of the run',
  task: 'of the task',
  day: 'of the day',
}

const FLAGS: Readonly<Record<Measure, string>> = {
  invocations: '--max-invocations',
  tokens: '--max-tokens',
  usd: '--max-usd',
  timeMs: '--max-time',
}
