import { counted } from '../../domain/wording.ts'
import { html } from './html.ts'
import { clipped, code, shortName, STATE_WORDS, stateSign, table } from './pieces.ts'
import type { ReportTask, Section } from './report-facts.ts'

const MOST_TASKS = 40

/** Tasks that nothing but a person brings on; null where there are none. */
export function attentionSection(tasks: readonly ReportTask[]): Section | null {
  const waiting = tasks.flatMap(({ task: { definition, state } }, place) =>
    state.state === 'failed' || state.state === 'needs_human' ? [{ ...definition, state, place }] : [],
  )
  if (waiting.length === 0) return null
  const rows = waiting
    .slice(0, MOST_TASKS)
    .map(({ key, title, state, place }) => [
      html`<a href="#task-${place + 1}">${shortName(key, 40)}</a>`,
      clipped(title, 120),
      html`${stateSign(state.state)} ${STATE_WORDS[state.state]}`,
      html`<span class="fact">${clipped(state.reason, 600)}</span>`,
    ])
  const more = waiting.length - MOST_TASKS
  const columns = [
    { name: 'task' },
    { name: 'what', kind: 'text' as const },
    { name: 'state' },
    { name: 'why', kind: 'text' as const },
  ]
  return {
    id: 'attention',
    title: 'What waits for a person',
    body: html`${table(`${counted(waiting.length, 'task')} that nothing else brings on`, columns, rows)}
<p class="quiet">What can be done about one: ${code('orchestrator task show KEY')}</p>`,
    cut: more > 0 ? [`${counted(more, 'more task')} that wait for a person: orchestrator task list`] : [],
  }
}
