import { counted } from '../../domain/wording.ts'
import { html } from './html.ts'
import { clipped, shortName, table } from './pieces.ts'
import type { ReportTask, Section } from './report-facts.ts'

const MOST_ROWS = 150

interface Told {
  readonly task: string
  readonly place: number
  readonly stage: string
  readonly code: string
  readonly fact: string
}

/** What was not accepted and why, by kind and one by one. */
export function refusalsSection(tasks: readonly ReportTask[]): Section {
  const all = tasks.flatMap(toldOf)
  const byCode = [...Map.groupBy(all, ({ code }) => code)].toSorted(
    ([, left], [, right]) => right.length - left.length,
  )
  const kinds = byCode.map(
    ([code, some]) =>
      html`<li><b>${some.length}</b> <code>${code}</code> in ${counted(new Set(some.map(({ task }) => task)).size, 'task')}</li>`,
  )
  const each = table(
    'Each with the fact that proves it',
    [{ name: 'task' }, { name: 'stage' }, { name: 'code' }, { name: 'fact', kind: 'text' }],
    all
      .slice(0, MOST_ROWS)
      .map(({ task, place, stage, code, fact }) => [
        html`<a href="#task-${place + 1}">${shortName(task, 40)}</a>`,
        stage,
        code,
        clipped(fact, 400),
      ]),
  )
  return {
    id: 'refusals',
    title: 'What was refused',
    body:
      all.length === 0 ? html`<p>Nothing was refused.</p>` : html`<ul class="legend">${kinds}</ul>${each}`,
    cut:
      all.length > MOST_ROWS
        ? [
            `The list of refusals shows ${MOST_ROWS} of ${counted(all.length, 'refusal')}; each task has its own.`,
          ]
        : [],
  }
}

function toldOf({ task, attempts, returns }: ReportTask, place: number): Told[] {
  const { key } = task.definition
  const tried = attempts.flatMap(({ stage, outcome }): Told[] => {
    const told = { task: key, place, stage: stage.replace('_', ' ') }
    if (outcome.kind === 'refused') return outcome.refusals.map(({ code, fact }) => ({ ...told, code, fact }))
    if (outcome.kind === 'gave_up')
      return [{ ...told, code: outcome.cause, fact: `the agent gave up: ${outcome.detail}` }]
    if (outcome.kind === 'disputed') return [{ ...told, code: 'disputed', fact: outcome.reason }]
    return []
  })
  const back = returns.map(
    ({ refusal: { code, fact } }): Told => ({ task: key, place, stage: 'landing', code, fact }),
  )
  return [...tried, ...back]
}
