import type { CostForecast, Interval } from '../domain/cost-forecast.ts'
import type { RunForecast } from '../protocol/output/run-forecast.ts'
import { columns, counted, durationText } from './text-lines.ts'

const MOST_TASKS = 100

/** What `run --dry-run` shows to people. */
export function forecastLines(told: RunForecast): string[] {
  const { run, title, agent, workers, tasks, calls, tokens, usd, time, basis, budgets } = told
  const order = tasks
    .slice(0, MOST_TASKS)
    .map(({ key, title: name, stages, dependsOn }, place) => [
      `${place + 1}.`,
      key,
      name,
      stages.map(stageText).join(', '),
      dependsOn.length === 0 ? '' : `after ${dependsOn.join(', ')}`,
    ])
  const facts = [
    ['Run', `${run}: ${title}`],
    ['Agent', `${agent}, ${counted(workers, 'worker')}`],
    ['Calls', callsText(calls)],
    ['Tokens', tokens === null ? 'nobody can say yet' : spanText(tokens, tokenText)],
    ['Money', usd === null ? 'nobody can say yet' : spanText(usd, usdText)],
    ['Time', timeText(time)],
    ['Known by', BASES[basis]],
    ...budgets.map(budgetFact),
  ]
  const more = tasks.length > MOST_TASKS ? [`and ${tasks.length - MOST_TASKS} more`] : []
  const list = order.length === 0 ? ['Nothing is left to do.'] : [...columns(order), ...more]
  return [...columns(facts), '', ...list, '', 'Nothing was started. Next: orchestrator run']
}

/** `12 to 15 agent calls, 3.10 USD (2.00 to 4.20)`. */
export function costText({ calls, usd }: Pick<CostForecast, 'calls' | 'usd'>): string {
  return `${callsText(calls)}${usd === null ? '' : `; ${spanText(usd, usdText)}`}`
}

function callsText({ low, expected, high }: Interval): string {
  const [least, most] = [Math.floor(low), Math.ceil(high)]
  return least === most
    ? counted(most, 'agent call')
    : `about ${Math.round(expected)} agent calls (${least} to ${most})`
}

function spanText({ low, expected, high }: Interval, text: (amount: number) => string): string {
  return `about ${text(expected)} (${text(low)} to ${text(high)})`
}

/** In thousands where there are many: nobody knows them better. */
function tokenText(amount: number): string {
  const known = amount < 10_000 ? Math.round(amount) : Math.round(amount / 1_000) * 1_000
  return known.toLocaleString('en-US')
}

function usdText(amount: number): string {
  return `${amount.toFixed(2)} USD`
}

function timeText(time: RunForecast['time']): string {
  if (time === null) return 'nobody can say yet'
  const { p50Ms, p90Ms, basis } = time
  const guess = basis === 'history' ? '' : ', a guess'
  return `about ${durationText(p50Ms)}; nine times of ten under ${durationText(p90Ms)}${guess}`
}

function stageText({ stage, tier, model }: RunForecast['tasks'][number]['stages'][number]): string {
  return `${stage.toUpperCase()} ${model ?? tier}`
}

const BASES: Readonly<Record<RunForecast['basis'], string>> = {
  history: 'what attempts of this repository used before',
  guess: 'a guess: no attempts like these have ended in this repository',
  both: 'what attempts of this repository used before; of some stages it is a guess',
}

function budgetFact({ scope, measure, most, used, needed, holds }: RunForecast['budgets'][number]): string[] {
  const text = TEXTS[measure]
  const whose = scope === 'run' ? 'of the run' : scope === 'task' ? 'of a task' : 'of the day'
  const left = used === 0 ? '' : `, ${text(used)} used`
  const says = { yes: 'holds it', maybe: 'may not hold it', no: 'does not hold it' }[holds]
  return ['Budget', `${text(most)} ${whose}${left}: ${says} (${text(needed.low)} to ${text(needed.high)})`]
}

const TEXTS: Readonly<Record<RunForecast['budgets'][number]['measure'], (amount: number) => string>> = {
  invocations: (amount) => counted(Math.round(amount), 'agent call'),
  tokens: (amount) => `${tokenText(amount)} tokens`,
  usd: usdText,
  timeMs: durationText,
}
