import { approveTask, submitTask } from '../../domain/closing-command.ts'
import { shellWord } from '../../domain/shell-word.ts'
import { handIn } from '../../engine/hand-in.ts'
import { personName } from '../../engine/person-name.ts'
import { OrchestratorError } from '../../errors.ts'
import type { AttemptRecord, Run, StoreReader, Task } from '../../observe/open-readonly.ts'
import { isLive, openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { secretsOf } from '../secrets-of.ts'
import { dueLines, dueOf, refusedLines } from '../person-lines.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { waitForDesk } from '../wait-for-desk.ts'
import { WORDS } from './task-list.ts'

type Flags = Readonly<Record<string, unknown>>
type Asked = (about: {
  readonly run: string
  readonly task: string
  readonly person: string
}) => Parameters<typeof handIn>[1]

/** `orchestrator task submit KEY [--give-back]`: what lies in the directory is judged as the work of an agent. */
export function taskSubmitCommand(context: CommandContext, key: string, flags: Flags): Promise<number> {
  return judged(context, key, (about) => ({ kind: 'submit', ...about, giveBack: flags['giveBack'] === true }))
}

/** `orchestrator task give-back KEY`. */
export async function taskGiveBackCommand(context: CommandContext, key: string): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const directory = requireTask(found, key).person?.directory ?? null
  const person = await personName(context)
  await handIn(watched.place.db, { kind: 'give_back', run: found.run.id, task: key, person })
  const { state } = requireTask(found, key).state
  context.output.result('task-change', { run: found.run.id, task: key, state }, [
    `${key} is given back; what was accepted stays.`,
    ...(directory === null ? [] : [`The directory ${directory} is yours: nothing removes it.`]),
    isLive(found.reader) ? 'The run that goes on works it.' : 'Next: orchestrator run',
  ])
  return 0
}

/** Has something judged, and tells what became of it. */
export async function judged(context: CommandContext, key: string, asked: Asked): Promise<number> {
  const { output } = context
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  using watched = await openWatch(context)
  const found = requireRun(watched)
  requireTask(found, key)
  const { reader, run } = found
  const before = reader.attempts(run.id, key).at(-1)?.id ?? 0
  const person = await personName(context)
  await handIn(watched.place.db, asked({ run: run.id, task: key, person }), secretsOf(watched, context))
  output.progress(isLive(reader) ? `The run that goes on judges ${key}.` : `Judging ${key}.`)
  const task = await waitForDesk(context, { found, key, signals })
  if (task.person !== null && task.person.asks !== null) throw stopped(key)
  const tried = reader.attempts(run.id, key).filter(({ id }) => id > before)
  if (tried.length === 0) throw notJudged(task)
  const verdicts = tried.map(({ stage, outcome }) => ({
    stage,
    outcome: outcome.kind === 'lost' ? `${outcome.cause}: ${outcome.detail}` : outcome.kind,
    refusals: outcome.kind === 'refused' ? outcome.refusals : [],
  }))
  const accepted = tried.every(
    ({ outcome }) => outcome.kind === 'accepted' || outcome.kind === 'dispute_rejected',
  )
  const end = endOf(found, task)
  const state = task.state.state
  const facts = { run: run.id, task: key, state, accepted, verdicts, ...end.facts }
  output.result('task-verdict', facts, [...tried.flatMap(triedLines), ...end.lines])
  return accepted ? 0 : 1
}

function triedLines({ stage, outcome }: AttemptRecord): string[] {
  const name = stage.toUpperCase()
  switch (outcome.kind) {
    case 'refused':
      return [`${name} refused:`, ...refusedLines(outcome.refusals)]
    case 'lost':
      return [`${name} could not be judged: ${outcome.detail}`]
    default:
      return [`${name} ${outcome.kind.replaceAll('_', ' ')}.`]
  }
}

/** Where the task is now, and how to go on. */
function endOf(found: { readonly reader: StoreReader; readonly run: Run }, task: Task) {
  const { key } = task.definition
  const due = dueOf(found, task)
  const { person, state } = task
  const directory = person?.directory ?? null
  if (directory !== null) {
    const facts = { stage: due.stage, directory, next: submitTask(key) }
    return { facts, lines: dueLines(task, due, directory) }
  }
  const live = isLive(found.reader)
  const next = nextOf(task, live)
  const words = task.waitsForApproval ? 'waits to be approved' : WORDS[state.state]
  const why = 'reason' in state ? `: ${state.reason}` : ''
  return {
    facts: { stage: due.stage, directory: null, next },
    lines: [`${key}: ${words}${why}`, `Next: ${next}`],
  }
}

function nextOf({ definition, state, waitsForApproval }: Task, live: boolean): string {
  if (waitsForApproval) return approveTask(definition.key)
  if (state.state === 'failed' || state.state === 'needs_human')
    return `orchestrator task show ${shellWord(definition.key)}`
  if (state.state === 'completed') return 'orchestrator status'
  return live ? 'orchestrator attach' : 'orchestrator run'
}

function stopped(key: string): OrchestratorError {
  return new OrchestratorError(
    'interrupted',
    `it was not waited for what becomes of ${key}; it stays handed in`,
    {
      hint: `Go on with: ${submitTask(key)}`,
    },
  )
}

function notJudged({ definition: { key }, person, state }: Task): OrchestratorError {
  const why = person?.problem ?? ('reason' in state ? state.reason : null) ?? 'nothing was judged'
  const letGo = `orchestrator task give-back ${shellWord(key)}`
  return new OrchestratorError('task_state', `${key}: ${why}`, {
    hint:
      person === null
        ? `See it with: orchestrator task show ${key}`
        : `It stays yours. Once that is mended: ${submitTask(key)}. To have its files anew: ${letGo}, then orchestrator task take ${shellWord(key)} DIR.`,
  })
}
