import type { AttemptOutcome, LandingReturn } from '../../domain/attempt.ts'
import type { Refusal } from '../../domain/verdict.ts'
import type { Waiver } from '../../domain/waiver.ts'
import { counted, durationText, usd } from '../../domain/wording.ts'
import type { AttemptRecord } from '../open-readonly.ts'
import { type Html, html } from './html.ts'
import { clipped, commit, instant, wide } from './pieces.ts'
import type { ReportTask } from './report-facts.ts'

const MOST_ATTEMPTS = 40
const MOST_RETURNS = 10
const MOST_REFUSALS = 10
const MOST_DETAILS = 20
const TEXT = 1_000

/** Everything that was tried of a task, with what refused it. */
export function attemptsPiece({ task, attempts, returns }: ReportTask): Html | null {
  if (attempts.length === 0) return null
  const shown = attempts.slice(-MOST_ATTEMPTS)
  const before = attempts.length - shown.length
  const rows = shown.map((attempt) => rowsOf(attempt, task.generation))
  const columns = ['', 'stage', 'verdict', 'worker', 'started', 'took', 'agent', 'tests', 'spent']
  const heads = columns.map((name) =>
    name === ''
      ? html`<th scope="col"><span class="hidden">number</span></th>`
      : html`<th scope="col">${name}</th>`,
  )
  return html`<h4>Attempts</h4>${before > 0 ? html`<p class="quiet">${counted(before, 'earlier attempt')} left out.</p>` : null}
${wide(
  'Attempts',
  html`<table class="attempts"><thead><tr>${heads}</tr></thead><tbody>
${rows}</tbody></table>`,
)}${returnsPiece(returns)}`
}

function rowsOf(attempt: AttemptRecord, current: number): Html {
  const { number, stage, outcome, worker, startedAt, endedAt, agentMs, verifyMs, generation } = attempt
  const said = saidOf(outcome)
  const earlier = generation === current ? null : html` <span class="quiet">before it was retried</span>`
  return html`<tr><th scope="row" class="n">${number}</th><td><span class="stage t-${stage}">${stage.replace('_', ' ')}</span>${earlier}</td><td class="o-${outcome.kind}">${outcome.kind.replaceAll('_', ' ')}</td><td>${worker}</td><td>${instant(startedAt)}</td><td class="n">${endedAt === null ? 'goes on' : durationText(endedAt - startedAt)}</td><td class="n">${durationText(agentMs)}</td><td class="n">${durationText(verifyMs)}</td><td class="n">${spentText(attempt)}</td></tr>
${said === null ? null : html`<tr class="said"><td></td><td colspan="8">${said}</td></tr>\n`}`
}

function spentText({ spend, estimated, model }: AttemptRecord): string {
  if (spend.invocations === 0) return ''
  return `${usd(spend.costUsd)}${estimated ? ' (estimated)' : ''}${model === null ? '' : `, ${model.tier}`}`
}

function saidOf(outcome: AttemptOutcome): Html | null {
  switch (outcome.kind) {
    case 'refused': {
      const { refusals } = outcome
      const more = refusals.length - MOST_REFUSALS
      return html`${refusals.slice(0, MOST_REFUSALS).map(refusalPiece)}${more > 0 ? html`<p class="quiet">${counted(more, 'more refusal')} left out.</p>` : null}`
    }
    case 'gave_up':
    case 'lost':
      return html`<p class="fact"><b>${outcome.cause.replaceAll('_', ' ')}</b> ${clipped(outcome.detail, TEXT)}</p>`
    case 'disputed':
      return html`<p class="fact"><b>the tests are wrong, says the agent</b> ${clipped(outcome.reason, TEXT)}</p>`
    case 'accepted':
      return acceptedPiece(outcome.work)
    case 'running':
    case 'dispute_rejected':
      return null
  }
}

function acceptedPiece(work: Extract<AttemptOutcome, { kind: 'accepted' }>['work']): Html {
  return html`<p class="quiet">tests ${commit(work.red)}${work.green === null ? null : html`, sources ${commit(work.green)}`}, evidence <code title="${work.evidence}">${work.evidence.slice(0, 19)}</code></p>${(work.waivers ?? []).map(waiverPiece)}`
}

function waiverPiece({ code, reason, person }: Waiver): Html {
  return html`<p class="fact"><b class="code">waived ${code}</b> by ${clipped(person, 100)}: ${clipped(reason, TEXT)}</p>`
}

function refusalPiece({ code, fact, hint, details }: Refusal): Html {
  const further = details.filter((detail) => !fact.includes(detail))
  const more = further.length - MOST_DETAILS
  return html`<p class="fact"><b class="code">${code}</b> ${clipped(fact, TEXT)}</p>${
    further.length === 0
      ? null
      : html`<details><summary>${counted(further.length, 'further fact')}</summary><pre tabindex="0" aria-label="Further facts">${further
          .slice(0, MOST_DETAILS)
          .map(
            (detail) => html`${clipped(detail, 400)}\n`,
          )}${more > 0 ? `… ${more} more` : null}</pre></details>`
  }<p class="quiet">Told the next attempt: ${clipped(hint, 400)}</p>
`
}

function returnsPiece(returns: readonly LandingReturn[]): Html | null {
  if (returns.length === 0) return null
  const shown = returns.slice(-MOST_RETURNS)
  return html`<h4>Came back from landing</h4>
${shown.map(
  ({ kind, head, afterAttempt, refusal }) =>
    html`<div class="said"><p>After attempt ${afterAttempt}, on ${commit(head)}: ${kind.replaceAll('_', ' ')}</p>${refusalPiece(refusal)}</div>`,
)}`
}
