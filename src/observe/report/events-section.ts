import { html } from './html.ts'
import { table } from './pieces.ts'
import type { ReportFacts, Section } from './report-facts.ts'

/** How much is in the log of the run. */
export function eventsSection({ events }: ReportFacts): Section {
  const total = events.reduce((sum, { count }) => sum + count, 0)
  const rows = events
    .toSorted((left, right) => right.count - left.count)
    .map(({ kind, count }) => [kind.replaceAll('_', ' '), count])
  return {
    id: 'events',
    title: 'Events',
    body: html`<p>${total.toLocaleString('en')} events are on record; <code>orchestrator events</code> tells them one by one.</p>
${rows.length === 0 ? null : html`<details><summary>By kind</summary>${table('Events by kind', [{ name: 'kind' }, { name: 'times', kind: 'number' as const }], rows)}</details>`}`,
    cut: [],
  }
}
