import { RESUME_COMMAND, retryTask } from '../domain/closing-command.ts'
import { continueCommand, silenceText } from '../domain/silence.ts'
import { untilText } from '../domain/wording.ts'
import { mergeCommand } from '../domain/merge-command.ts'
import type { Status } from '../protocol/output/status.ts'
import { costText } from './forecast-lines.ts'
import { goesOnText, heldText } from './held-text.ts'
import { columns, counted, durationText, lostText, quarantinedLine, usd } from './text-lines.ts'

/** What `status` shows to people: one page that ends with what to do next. */
export function statusLines(status: Status, now: number): string[] {
  const { run, workers, circuits, spend, eta, cost } = status
  if (run === null) return ['No plan was ingested yet.', '', nextLine(status)]
  const since = run.startedAt === null ? '' : `, started ${durationText(now - run.startedAt)} ago`
  const facts = [
    ['Run', `${run.id}: ${run.title}`],
    ['State', `${run.state}${since}${run.reason === null ? '' : `: ${run.reason}`}`],
    ...(run.silence === null ? [] : [['Silent', silenceText(run.silence, now)]]),
    ...(run.target === null ? [] : [['Lands on', run.target]]),
    ['Tasks', taskLine(status)],
    ['Spent', `${counted(spend.invocations, 'agent call')}, ${usd(spend.costUsd)}`],
    ...(eta === null
      ? []
      : [['Left', `about ${durationText(eta.p50Ms)}; nine times of ten under ${durationText(eta.p90Ms)}`]]),
    ...(cost === null || cost.calls.high === 0 ? [] : [['To come', costText(cost)]]),
    ...(run.resume === null || run.resume.at === null ? [] : [['Goes on', goesOnText(run.resume.at, now)]]),
    ...(circuits.open + circuits.half_open === 0
      ? []
      : [['Circuits', `${circuits.open} open, ${circuits.half_open} half open`]]),
    ...heldFacts(status, now),
    ...(status.again === null ? [] : [['Again', againText(status.again, now)]]),
  ]
  facts.push(
    ...status.waits.map(({ task, person, next }) => [
      'Waits for you',
      `${task}${person === null ? '' : ` (${person})`}: ${next}`,
    ]),
  )
  if (status.quarantined > 0)
    facts.push(['Quarantine', `${quarantinedLine(status.quarantined)}: orchestrator quarantine list`])
  const busy = columns(
    workers.map(({ id, state, task, stage, sinceMs }) =>
      task === null
        ? [id, state, '', '']
        : [id, task, (stage ?? '').toUpperCase(), `for ${durationText(sinceMs)}`],
    ),
  )
  return [...columns(facts), ...(busy.length === 0 ? [] : ['', ...busy]), '', nextLine(status)]
}

function againText({ tasks, at, reason }: NonNullable<Status['again']>, now: number): string {
  return `${counted(tasks, 'task')} from ${untilText(at, now)}${reason === null ? '' : `: ${reason}`}`
}

/** What to type next, as every command says it that tells how the run stands. */
export function nextLine({ run, ...status }: Status): string {
  const next =
    run === null ? 'orchestrator ingest plan.json (or try: orchestrator demo)' : nextOf({ ...status, run })
  return `Next: ${next}`
}

/** More of them are shown by `circuits status`. */
const SHOWN_HELD = 3

function heldFacts({ held }: Status, now: number): string[][] {
  const more = held.length - SHOWN_HELD
  return [
    ...held.slice(0, SHOWN_HELD).map((each) => ['Held back', heldText(each, now)]),
    ...(more > 0 ? [['', `and ${more} more: orchestrator circuits status`]] : []),
  ]
}

function taskLine({ tasks, lost }: Pick<Status, 'tasks' | 'lost'>): string {
  const others = (['failed', 'needs_human', 'blocked', 'cancelled', 'retryable', 'pending'] as const)
    .filter((name) => tasks[name] > 0)
    .map((name) => `${tasks[name]} ${WORDS[name]}`)
  const landed = `${tasks.completed - lost.length} of ${tasks.total} landed`
  return [landed, ...(lost.length === 0 ? [] : [lostText(lost.length)]), ...others].join(', ')
}

const WORDS = {
  failed: 'failed',
  needs_human: 'waiting for a person',
  blocked: 'blocked',
  cancelled: 'cancelled',
  retryable: 'to be tried again',
  pending: 'to do',
} as const

function nextOf({
  run,
  tasks,
  lost: [lost],
}: Pick<Status, 'tasks' | 'lost'> & { readonly run: NonNullable<Status['run']> }): string {
  if (run.silence !== null) return continueCommand(run.silence)
  switch (run.state) {
    case 'running':
      if (lost !== undefined)
        return `${retryTask(lost)} (land it again), orchestrator attach (follow the run)`
      return 'orchestrator attach (follow it), orchestrator stop (end it, to be resumed)'
    case 'planned':
      return 'orchestrator run'
    case 'paused':
    case 'interrupted':
      return run.resume?.command ?? RESUME_COMMAND
    case 'completed':
      return run.target === null ? 'orchestrator ingest PLAN' : mergeCommand(run.target)
    case 'incomplete':
      return tasks.failed + tasks.needs_human > 0
        ? 'orchestrator task list, then orchestrator task show KEY'
        : lost === undefined
          ? 'orchestrator task list'
          : retryTask(lost)
  }
}
