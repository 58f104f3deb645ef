import type { TaskState } from '../../domain/task.ts'
import { counted, durationText } from '../../domain/wording.ts'
import { attemptsPiece } from './attempt-pieces.ts'
import { type Html, html, type HtmlValue } from './html.ts'
import { clipped, code, commit, facts, instant, STATE_WORDS, stateSign, table } from './pieces.ts'
import type { ProvenTest } from './proven-tests.ts'
import type { ReportTask } from './report-facts.ts'

const MOST_KEYS = 30
const MOST_CRITERIA = 40
const MOST_TESTS = 10

/** The line that is always there. */
export function taskLine({ task, attempts }: ReportTask): Html {
  const { key, title } = task.definition
  const state = task.state.state
  const took = attempts.reduce((sum, { startedAt, endedAt }) => sum + (endedAt ?? startedAt) - startedAt, 0)
  const tried = attempts.length === 0 ? null : `${counted(attempts.length, 'attempt')}, ${durationText(took)}`
  return html`${stateSign(state)} <code>${clipped(key, 80)}</code> <span class="title">${clipped(title, 200)}</span> <span class="quiet">${STATE_WORDS[state]}${tried === null ? null : `; ${tried}`}</span>`
}

/** All that is on record about a task. */
export function taskBody(told: ReportTask, places: ReadonlyMap<string, number>): Html {
  const { task, landed } = told
  const { goal, kind, suite, complexity, dependsOn, tests, sources } = task.definition
  const merge = landed?.merge.slice(0, 12)
  return html`${goal.trim() === '' ? null : html`<p class="goal">${clipped(goal.trim(), 1_500)}</p>`}
${facts([
  ['State', html`${STATE_WORDS[task.state.state]}${reasonOf(task.state)}`],
  ['Waits for', waitsFor(task)],
  ['Needs', dependsOn.length === 0 ? null : links(dependsOn, places)],
  ['Kind', `${kind.replace('_', ' ')}, suite ${clipped(suite, 80)}, complexity ${complexity}`],
  ['Tests', paths(tests)],
  ['Sources', paths(sources)],
  ['A person said', task.note === null ? null : clipped(task.note, 1_000)],
  ...landedFacts(landed),
  ['Prove it', merge === undefined ? null : code(`orchestrator prove ${merge}^..${merge}`)],
])}
${criteriaPiece(told)}${attemptsPiece(told)}`
}

function waitsFor({ person, waitsForApproval }: ReportTask['task']): string | null {
  if (waitsForApproval) return 'the approval of a person'
  return person === null ? null : `${clipped(person.person, 100)}, who has taken it`
}

function landedFacts(landed: ReportTask['landed']): [string, HtmlValue][] {
  if (landed === null) return []
  const { merge, red, green, evidence, landedAt } = landed
  return [
    [
      'Landed',
      html`${instant(landedAt)}, merge ${commit(merge)} of tests ${commit(red)} and sources ${commit(green)}`,
    ],
    ['Evidence', code(evidence)],
  ]
}

function reasonOf(state: TaskState): string | null {
  switch (state.state) {
    case 'failed':
    case 'needs_human':
    case 'cancelled':
    case 'retryable':
      return `: ${clipped(state.reason, 600)}`
    case 'blocked':
      return ` by ${clipped(state.by.join(', '), 300)}`
    case 'pending':
    case 'available':
    case 'running':
    case 'landing':
    case 'completed':
      return null
  }
}

function links(keys: readonly string[], places: ReadonlyMap<string, number>): Html {
  const shown = keys.slice(0, MOST_KEYS).map((key, index) => {
    const place = places.get(key)
    const name = html`<code>${clipped(key, 80)}</code>`
    return html`${index === 0 ? null : ', '}${place === undefined ? name : html`<a href="#task-${place + 1}">${name}</a>`}`
  })
  return html`${shown}${keys.length > MOST_KEYS ? ` and ${keys.length - MOST_KEYS} more` : null}`
}

function paths(all: readonly string[]): Html | null {
  if (all.length === 0) return null
  const shown = all
    .slice(0, MOST_KEYS)
    .map((path, index) => html`${index === 0 ? null : ', '}${code(clipped(path, 200))}`)
  return html`${shown}${all.length > MOST_KEYS ? ` and ${all.length - MOST_KEYS} more` : null}`
}

/** Each criterion with the tests that claim it, and what they did while the sources were not there. */
function criteriaPiece({ task, proven }: ReportTask): Html | null {
  const { criteria } = task.definition
  const rows = criteria
    .slice(0, MOST_CRITERIA)
    .map(({ id, text }) => [
      clipped(id, 40),
      clipped(text, 600),
      testsPiece(proven.filter((test) => test.criteria.includes(id))),
    ])
  const others = proven.filter(({ criteria: claims }) => !criteria.some(({ id }) => claims.includes(id)))
  if (others.length > 0) rows.push(['–', 'tests of no criterion', testsPiece(others)])
  if (rows.length === 0) return null
  const columns = [
    { name: 'criterion' },
    { name: 'what it says', kind: 'text' as const },
    { name: 'proven by', kind: 'text' as const },
  ]
  const more = criteria.length - MOST_CRITERIA
  return html`${table('Criteria', columns, rows)}${more > 0 ? html`<p class="quiet">${counted(more, 'more criterion', 'more criteria')} left out.</p>` : null}`
}

function testsPiece(tests: readonly ProvenTest[]): Html {
  if (tests.length === 0) return html`<span class="quiet">nothing yet</span>`
  const shown = tests
    .slice(0, MOST_TESTS)
    .map(
      ({ file, name, without }) =>
        html`<li>${clipped(name, 200)} <span class="quiet">in ${clipped(file, 200)}; without the sources: ${without}</span></li>`,
    )
  const more = tests.length - MOST_TESTS
  return html`<ul>${shown}${more > 0 ? html`<li class="quiet">${more} more</li>` : null}</ul>`
}
