import type { TaskDefinition } from '../domain/plan.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { AttemptRecord, LandingReceipt, Task } from '../observe/open-readonly.ts'
import { isLeft } from '../observe/open-watch.ts'
import { approveTask, resetCommand, retryTask, submitTask } from '../domain/closing-command.ts'
import { shellWord } from '../domain/shell-word.ts'
import { isWaivable, type Waiver } from '../domain/waiver.ts'
import { untilText } from '../domain/wording.ts'
import type { Held } from './held-text.ts'
import { modelText } from './model-text.ts'
import { refusalLines } from './refusal-lines.ts'
import { columns, durationText, indented, usd, usedText } from './text-lines.ts'

/** Everything on record about a task. */
interface TaskPage {
  readonly task: Task
  readonly attempts: readonly AttemptRecord[]
  readonly returns: readonly { readonly kind: string; readonly refusal: Refusal }[]
  readonly landed: LandingReceipt | null
  /** Keys with the words for their states. */
  readonly dependencies: readonly (readonly [key: string, state: string])[]
  readonly dependants: readonly string[]
  readonly stateWords: string
  readonly reason: string
  /** The target no longer contains its landing. */
  readonly lost: boolean
  /** What holds it back now; null where nothing of its own does. */
  readonly held: Held | null
  /** Whether a process works on the run. */
  readonly live: boolean
  /** The line that lets the run go on; null where it does not rest. */
  readonly resume: string | null
  readonly now: number
}

/** One page to decide on: what was asked, tried and refused, with the line that proves it, and what can be done. */
export function taskPage(page: TaskPage): string[] {
  const { definition } = page.task
  return [
    `${definition.key}  ${definition.title}`,
    `${page.stateWords}${page.reason === '' ? '' : `: ${page.reason}`}${untilOf(page)}`,
    ...section('Asked', asked(definition, page.dependencies)),
    ...section('Tried', tried(page)),
    ...section('Landed', landing(page.landed)),
    ...section('What you can do', choices(page)),
  ]
}

/** Where it is tried again by itself, but not yet. */
function untilOf({ task: { state }, now }: TaskPage): string {
  return state.state === 'retryable' && state.notBefore > now
    ? `, until ${untilText(state.notBefore, now)}`
    : ''
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`.trimEnd())]
}

function asked(definition: TaskDefinition, dependencies: TaskPage['dependencies']): string[] {
  const { goal, criteria, tests, sources, kind, suite, complexity } = definition
  const facts = [
    ['tests', tests.join(', ')],
    ['sources', sources.join(', ')],
    ['may also change', definition.allow.join(', ')],
    ['depends on', dependencies.map(([key, state]) => `${key} (${state})`).join(', ')],
    ['kind', `${kind}, suite ${suite}, complexity ${complexity}`],
  ].filter(([, value]) => value !== '')
  return [
    ...(goal.trim() === '' ? [] : goal.trim().split('\n')),
    ...columns(criteria.map(({ id, text }) => [id, text])),
    ...columns(facts),
  ]
}

function tried({ attempts, returns, task, live }: TaskPage): string[] {
  const lines = attempts.flatMap((attempt) => [
    headOf(attempt, { current: task.generation, live }),
    ...(attempt.model === null ? [] : indented(modelText(attempt.model), 4)),
    ...(attempt.resources === null ? [] : indented(usedText(attempt.resources), 4)),
    ...indented(detailOf(attempt), 4).filter((line) => line.trim() !== ''),
  ])
  const back = returns.flatMap(({ refusal }) => [
    `landing: came back: ${refusal.code}: ${refusal.fact}`,
    ...refusal.details.slice(0, DETAILS).map((detail) => `    ${detail}`),
  ])
  return [...lines, ...back]
}

function headOf(
  attempt: AttemptRecord,
  { current, live }: { readonly current: number; readonly live: boolean },
): string {
  const { number, stage, outcome, spend, estimated, startedAt, endedAt, generation } = attempt
  const took = endedAt === null ? '' : durationText(endedAt - startedAt)
  const cost = spend.invocations === 0 ? '' : `${usd(spend.costUsd)}${estimated ? ' (estimated)' : ''}`
  const before = generation === current ? '' : '(before it was retried)'
  const parts = [
    String(number).padStart(2),
    stage.toUpperCase().padEnd(9),
    (isLeft(outcome.kind, live) ? 'interrupted' : outcome.kind.replaceAll('_', ' ')).padEnd(8),
  ]
  return [...parts, took, cost, before].filter((part) => part !== '').join('  ')
}

const DETAILS = 5

/** The line that proves it, and what would make it right. */
function detailOf({ outcome }: AttemptRecord): string {
  switch (outcome.kind) {
    case 'refused':
      return outcome.refusals.flatMap(refusedLines).join('\n')
    case 'gave_up':
      return `${outcome.cause}: ${outcome.detail}`
    case 'disputed':
      return outcome.reason
    case 'lost':
      return `${outcome.cause}: ${outcome.detail}`
    case 'accepted':
      return (outcome.work.waivers ?? []).map(waiverText).join('\n')
    case 'running':
    case 'dispute_rejected':
      return ''
  }
}

function waiverText({ code, reason, person }: Waiver): string {
  return `waived ${code}, by ${person}: ${reason}`
}

/** The first is told with what proves it; the others by their facts. */
function refusedLines(refusal: Refusal, index: number): string[] {
  return index > 0 ? [`${refusal.code}: ${refusal.fact}`] : refusalLines(refusal, DETAILS)
}

function landing(landed: LandingReceipt | null): string[] {
  if (landed === null) return []
  const { target, merge, red, green, evidence } = landed
  return columns([
    ['on', target],
    ['merge', merge],
    ['tests', red],
    ['sources', green],
    ['evidence', evidence],
    ['prove it', `orchestrator prove ${merge.slice(0, 12)}^..${merge.slice(0, 12)}`],
  ])
}

function choices(page: TaskPage): string[] {
  const { task, dependants, attempts, held, resume, lost } = page
  const { key } = task.definition
  const look: string[][] =
    attempts.length === 0
      ? []
      : [
          [`orchestrator task diff ${key}`, 'see its latest work'],
          [`orchestrator task log ${key}`, 'read what the agents said'],
        ]
  const block = dependants.length === 0 ? '' : `; blocks ${dependants.join(', ')}`
  const retry: string[][] = [
    [`orchestrator task retry ${key} --note "…"`, 'its attempts anew, and what you know told to the agent'],
    [`orchestrator task retry ${key} --from red`, 'begin again with its tests'],
  ]
  const goOn = resume === null ? [] : [[resume, 'go on with the run']]
  const cancel = [`orchestrator task cancel ${key}`, `leave it out${block}`]
  if (task.person !== null)
    return columns([
      ...look,
      [submitTask(key), 'hand in what you have'],
      [`orchestrator task give-back ${key}`, 'let the agents work it'],
    ])
  if (task.waitsForApproval) return columns([...look, ...approving(key), ...goOn, cancel])
  switch (task.state.state) {
    case 'failed':
    case 'needs_human':
      return columns([...look, ...retry, ...byHand(page), cancel])
    case 'cancelled':
      return columns([...look, ...retry])
    case 'completed':
      return columns(lost ? [...look, [retryTask(key), 'land its accepted work again']] : look)
    case 'blocked':
      return columns([
        ...look,
        ...task.state.by.map((by) => [`orchestrator task show ${by}`, 'see what it waits for']),
        cancel,
      ])
    case 'pending':
    case 'available':
    case 'running':
    case 'landing':
    case 'retryable':
      return columns([...look, ...goingOn(held), ...goOn, cancel])
  }
}

function approving(key: string): string[][] {
  return [
    [approveTask(key), 'let it land'],
    [`orchestrator task refuse ${key} --note "…"`, 'send it back with what has to be different'],
  ]
}

function byHand({ task: { definition }, attempts }: TaskPage): string[][] {
  const last = attempts.findLast(({ outcome }) => outcome.kind !== 'lost')?.outcome
  const codes = [...new Set(last?.kind === 'refused' ? last.refusals.map(({ code }) => code) : [])]
  const waivers = codes.map((code) => `--waive ${code}`).join(' ')
  const waive = `orchestrator task accept ${definition.key} ${waivers} --reason "…"`
  return [
    [`orchestrator task take ${definition.key} DIR`, 'work it yourself, judged alike'],
    // Where one of them stays, the task stays refused: the line would only lead to the next one.
    ...(codes.length > 0 && codes.every(isWaivable)
      ? [[waive, 'overrule that; it stands in the evidence']]
      : []),
  ]
}

function goingOn(held: Held | null): string[][] {
  if (held === null) return []
  const name = `${held.level}:${held.id}`
  return [
    [`orchestrator circuits explain ${shellWord(name)}`, 'see what holds it back'],
    [resetCommand(name), 'let it go on now'],
  ]
}
