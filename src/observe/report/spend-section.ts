import { NO_SPEND, type Spend } from '../../domain/spend.ts'
import { STAGES } from '../../domain/stage.ts'
import { durationText, usd } from '../../domain/wording.ts'
import { type Html, html, type HtmlValue } from './html.ts'
import { shortName, table } from './pieces.ts'
import type { ReportFacts, Section } from './report-facts.ts'

const MOST_TASKS = 40

type Row = readonly [name: HtmlValue, spend: Spend]

/** What agents cost, by stage and by task. */
export function spendSection({ tasks, spend }: ReportFacts): Section {
  const attempts = tasks.flatMap((told) => told.attempts)
  const stages = STAGES.map(
    (stage): Row => [
      stage.replace('_', ' '),
      sumOf(attempts.filter((attempt) => attempt.stage === stage).map((attempt) => attempt.spend)),
    ],
  ).filter(([, { invocations }]) => invocations > 0)
  const each = tasks
    .map(({ task, attempts: own }, place) => ({
      place,
      key: task.definition.key,
      spend: sumOf(own.map((attempt) => attempt.spend)),
    }))
    .filter((one) => one.spend.invocations > 0)
    .toSorted(
      (left, right) =>
        right.spend.costUsd - left.spend.costUsd || right.spend.outputTokens - left.spend.outputTokens,
    )
  const rest = each.slice(MOST_TASKS)
  const rows = each
    .slice(0, MOST_TASKS)
    .map(
      ({ place, key, spend: cost }): Row => [
        html`<a href="#task-${place + 1}">${shortName(key, 40)}</a>`,
        cost,
      ],
    )
  if (rest.length > 0) rows.push([`${rest.length} others`, sumOf(rest.map((one) => one.spend))])
  const all: Row = ['all', spend]
  return {
    id: 'spend',
    title: 'Spend',
    body:
      spend.invocations === 0
        ? html`<p>No agent was called.</p>`
        : html`${spendTable('By stage', 'stage', [...stages, all])}${spendTable('By task, the dearest first', 'task', [...rows, all])}${estimated(spend.estimated)}
<p class="quiet">Workers spent ${durationText(spend.agentMs)} with agents, ${durationText(spend.verifyMs)} with tests and checks, ${durationText(spend.waitMs)} waiting, and ${durationText(spend.engineMs)} with everything else.</p>`,
    cut: [],
  }
}

function spendTable(caption: string, first: string, rows: readonly Row[]): Html {
  const number = (name: string) => ({ name, kind: 'number' as const })
  return table(
    caption,
    [
      { name: first },
      number('agent calls'),
      number('tokens in'),
      number('tokens out'),
      number('cache read'),
      number('cache written'),
      number('cost'),
    ],
    rows.map(([name, spend]) => [
      name,
      spend.invocations,
      grouped(spend.inputTokens),
      grouped(spend.outputTokens),
      grouped(spend.cacheReadTokens),
      grouped(spend.cacheWriteTokens),
      usd(spend.costUsd),
    ]),
  )
}

function estimated({ invocations, costUsd }: Spend): Html | null {
  if (invocations === 0) return null
  return html`<p>Of this, ${usd(costUsd)} in ${invocations} calls are estimated: they ended before they told what they used.</p>`
}

function grouped(count: number): string {
  return count.toLocaleString('en')
}

function sumOf(spends: readonly Spend[]): Spend {
  return spends.reduce(
    (sum, spend) => ({
      invocations: sum.invocations + spend.invocations,
      inputTokens: sum.inputTokens + spend.inputTokens,
      outputTokens: sum.outputTokens + spend.outputTokens,
      cacheReadTokens: sum.cacheReadTokens + spend.cacheReadTokens,
      cacheWriteTokens: sum.cacheWriteTokens + spend.cacheWriteTokens,
      costUsd: sum.costUsd + spend.costUsd,
    }),
    NO_SPEND,
  )
}
