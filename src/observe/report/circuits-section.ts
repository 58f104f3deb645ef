import { END_WORDS } from '../../domain/circuit-end.ts'
import { circuitFacts } from '../circuit-facts.ts'
import { circuitsStatus } from '../circuits.ts'
import { html } from './html.ts'
import { clipped, instant, table } from './pieces.ts'
import type { ReportFacts, Section } from './report-facts.ts'

const MOST_CIRCUITS = 100
const MOST_EVENTS = 150

/** What held work back, and the numbers behind each change. */
export function circuitsSection({ circuits: rows, circuitHistory, madeAt }: ReportFacts): Section {
  const all = circuitsStatus(rows, madeAt).circuits
  // What is not closed first, then what opened most often.
  const sorted = all.toSorted(
    (left, right) =>
      Number(left.state === 'closed') - Number(right.state === 'closed') || right.trips - left.trips,
  )
  const states = table(
    'Circuits that counted a failure',
    [
      { name: 'circuit' },
      { name: 'state' },
      { name: 'since' },
      { name: 'failures in a row', kind: 'number' as const },
      { name: 'opened', kind: 'number' as const },
      { name: 'longer waits', kind: 'number' as const },
      { name: 'last cause' },
    ],
    sorted
      .slice(0, MOST_CIRCUITS)
      .map(({ level, id, state, since, failures, trips, extensions, cause, flapping, ended }) => [
        clipped(`${level}:${id}`, 100),
        html`<span class="c-${state}">${state.replace('_', ' ')}</span>${flapping ? ', flapping' : null}${ended === null || state === 'closed' ? null : `: ${END_WORDS[ended]}`}`,
        instant(since),
        failures,
        trips,
        extensions,
        (cause ?? '').replaceAll('_', ' '),
      ]),
  )
  const history = table(
    'What happened to them, the latest last',
    [{ name: 'when' }, { name: 'circuit' }, { name: 'what' }, { name: 'numbers', kind: 'text' }],
    circuitHistory
      .slice(-MOST_EVENTS)
      .map(({ at, level, identifier, kind, from, to, cause, data }) => [
        instant(at),
        clipped(`${level}:${identifier}`, 100),
        kind === 'state_change' ? `${from} to ${to}`.replaceAll('_', ' ') : kind.replaceAll('_', ' '),
        clipped(circuitFacts({ cause, data }), 300),
      ]),
  )
  return {
    id: 'circuits',
    title: 'Circuits',
    body:
      all.length === 0
        ? html`<p>Every circuit is closed; none has counted a failure.</p>`
        : html`${states}${circuitHistory.length === 0 ? html`<p>None of them opened.</p>` : history}`,
    cut: [
      ...(all.length > MOST_CIRCUITS
        ? [`The list of circuits shows ${MOST_CIRCUITS} of ${all.length}.`]
        : []),
      ...(circuitHistory.length > MOST_EVENTS
        ? [`The history of circuits shows the latest ${MOST_EVENTS} changes: orchestrator circuits history`]
        : []),
    ],
  }
}
