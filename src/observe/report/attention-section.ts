import { counted } from '../../domain/wording.ts'
import { html } from './html.ts'
import { clipped, code, STATE_WORDS, stateSign } from './pieces.ts'
import type { ReportTask, Section } from './report-facts.ts'

const MOST_TASKS = 50

/** Tasks that nothing but a person brings on; null where there are none. */
export function attentionSection(tasks: readonly ReportTask[]): Section | null {
  const waiting = tasks.flatMap(({ task: { definition, state } }, place) =>
    state.state === 'failed' || state.state === 'needs_human' ? [{ ...definition, state, place }] : [],
  )
  if (waiting.length === 0) return null
  const lines = waiting.slice(0, MOST_TASKS).map(
    ({ key, title, state, place }) =>
      html`<li>${stateSign(state.state)} <a href="#task-${place + 1}"><code>${clipped(key, 80)}</code></a> ${clipped(title, 200)}: ${STATE_WORDS[state.state]}
<p class="fact">${clipped(state.reason, 600)}</p>
<p class="quiet">${code(`orchestrator task show ${key.slice(0, 80)}`)}</p></li>`,
  )
  return {
    id: 'attention',
    title: 'What waits for a person',
    body: html`<ul class="attention">${lines}</ul>`,
    cut:
      waiting.length > MOST_TASKS
        ? [`${counted(waiting.length - MOST_TASKS, 'more task')} wait for a person: orchestrator task list`]
        : [],
  }
}
