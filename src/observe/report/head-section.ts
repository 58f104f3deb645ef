import { TASK_STATES, type TaskStateName } from '../../domain/task.ts'
import { resumeCommand, wayOn } from '../../domain/way-on.ts'
import { counted, durationText, usd } from '../../domain/wording.ts'
import { mergeCommand } from '../../domain/merge-command.ts'
import { type Html, html, svg } from './html.ts'
import { clipped, code, commit, facts, instant, STATE_WORDS, stateSign } from './pieces.ts'
import type { ReportFacts, ReportWork } from './report-facts.ts'

/** What became of the run, in one look. */
export function headOf(report: ReportFacts, { head }: Pick<ReportWork, 'head'>): Html {
  const { run, tasks, spend, madeAt } = report
  const until = run.state === 'running' ? madeAt : (run.endedAt ?? lastMoment(report))
  const counts = countStates(report)
  return html`<header>
<p class="kind">Report of a run</p>
<h1>${clipped(run.title, 300)}</h1>
${goingOn(report)}
<p class="state"><strong class="r-${run.state}">${run.state}</strong>
${run.reason === null ? null : html`<span>${clipped(run.reason, 600)}</span>`}</p>
${tallyBar(counts, tasks.length)}
${facts([
  ['Run', code(run.id)],
  ['Lands on', run.target === null ? null : code(run.target)],
  ['Began at', run.base === null ? null : html`commit ${commit(run.base)}`],
  ['The branch is at', headText(report, head)],
  ['Started', run.startedAt === null ? 'not yet' : instant(run.startedAt)],
  [
    run.state === 'running' ? 'So far' : 'Took',
    run.startedAt === null ? null : durationText(Math.max(0, until - run.startedAt)),
  ],
  ['Workers', run.workers === 0 ? null : run.workers],
  ['Agent', code(run.agent)],
  [
    'Spent',
    `${counted(spend.invocations, 'agent call')}, ${usd(spend.costUsd)}, ${counted(spend.attempts, 'attempt')}`,
  ],
  ['Made', instant(madeAt)],
])}
<p class="next">Next: ${code(nextLine(report))}</p>
</header>`
}

function goingOn({ run, madeAt }: ReportFacts): Html | null {
  if (run.state !== 'running') return null
  return html`<p class="notice"><strong>This run was still going.</strong> What follows is how it stood at ${instant(madeAt)}; <code>orchestrator report</code> makes a new one.</p>`
}

function headText({ run }: ReportFacts, head: string | null): Html | string | null {
  if (head !== null) return html`commit ${commit(head)}`
  return run.target === null ? null : 'nowhere: there is no such branch now'
}

function lastMoment({ tasks, run }: ReportFacts): number {
  return tasks
    .flatMap(({ attempts, landed }) => [
      ...attempts.map(({ startedAt, endedAt }) => endedAt ?? startedAt),
      landed?.landedAt ?? 0,
    ])
    .reduce((last, at) => Math.max(last, at), run.startedAt ?? run.createdAt)
}

interface StateCount {
  readonly state: TaskStateName
  readonly count: number
}

/** Landed ones first, and what needs somebody before what goes on by itself. */
const SHOWN_ORDER: readonly TaskStateName[] = [
  'completed',
  'landing',
  'running',
  'available',
  'retryable',
  'pending',
  'needs_human',
  'failed',
  'blocked',
  'cancelled',
]

function countStates({ tasks }: ReportFacts): StateCount[] {
  const counts = new Map(TASK_STATES.map((state) => [state, 0]))
  for (const { task } of tasks) counts.set(task.state.state, (counts.get(task.state.state) ?? 0) + 1)
  return SHOWN_ORDER.map((state) => ({ state, count: counts.get(state) ?? 0 })).filter(
    ({ count }) => count > 0,
  )
}

const BAR = 1_000

function tallyBar(counts: readonly StateCount[], total: number): Html {
  if (total === 0) return html`<p>The run has no tasks.</p>`
  let from = 0
  const parts = counts.map(({ state, count }) => {
    const x = from
    from += (count / total) * BAR
    return svg`<rect class="s-${state}" x="${x.toFixed(1)}" y="0" width="${(from - x).toFixed(1)}" height="10"/>`
  })
  const words = counts.map(
    ({ state, count }) => html`<li>${stateSign(state)} <b>${count}</b> ${STATE_WORDS[state]}</li>`,
  )
  return html`<svg class="tally" viewBox="0 0 ${BAR} 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>
<ul class="legend">${words}<li>of ${counted(total, 'task')}</li></ul>`
}

/** The one line to type. */
function nextLine({ run, pause, circuits, madeAt }: ReportFacts): string {
  switch (run.state) {
    case 'planned':
      return 'orchestrator run'
    case 'running':
      return 'orchestrator attach'
    case 'paused':
    case 'interrupted':
      return resumeCommand({ ...pause, ...wayOn({ pause, circuits, now: madeAt }) })
    case 'completed':
      return run.target === null ? 'orchestrator status' : mergeCommand(run.target)
    case 'incomplete':
      return 'orchestrator task list'
  }
}
