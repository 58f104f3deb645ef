import type { CircuitCondition } from './circuit-standing.ts'
import { resetCommand } from './closing-command.ts'
import type { Event } from './event.ts'
import type { Notification, Severity } from './notification.ts'
import { subjectOf } from './notification-subject.ts'
import { plainText } from './plain-text.ts'
import { shellWord } from './shell-word.ts'
import { resumeCommand, resumeNeeds } from './way-on.ts'
import { counted, durationText, momentText } from './wording.ts'

/** What a notification says of its run beside the event. */
export interface RunFacts {
  readonly target: string | null
  readonly tasks: {
    readonly total: number
    readonly completed: number
    readonly failed: number
    readonly needs_human: number
    readonly blocked: number
  }
}

/** Longest of each text, in characters. */
const TITLE = 150
const WHAT = 500
const WHY = 800
const COMMAND = 300

/** What happened once and stands for itself; null for other events. */
export function newsNotification(event: Event, run: () => RunFacts): Notification | null {
  const { kind, data } = event
  const key = event.task ?? ''
  switch (kind) {
    case 'task_needs_human':
      return made(event, 'needs_human', {
        severity: 'warning',
        title: `${key} needs you`,
        what: 'The engine cannot decide what to do with it. What depends on it waits.',
        why: textOf(data, 'reason'),
        whatToDo: `orchestrator task show ${shellWord(key)}`,
      })
    case 'task_failed':
      return made(event, 'failed', {
        severity: 'warning',
        title: `${key} failed`,
        what: 'Its attempts are used up. What depends on it waits.',
        why: failureOf(data),
        whatToDo: `orchestrator task show ${shellWord(key)}`,
      })
    case 'landing_lost':
      return made(event, 'lost', {
        severity: 'critical',
        title: `The landing of ${key} was lost`,
        what: 'The target no longer contains its merge. Nothing lands it again by itself; tasks that build on it wait for you.',
        why: null,
        whatToDo: `orchestrator task retry ${shellWord(key)}`,
      })
    case 'budget_warning':
      return made(event, 'nearly_spent', {
        severity: 'warning',
        title: 'A budget is nearly spent',
        what:
          data['scope'] === 'task' ? 'When it is, the task waits for you.' : 'When it is, the run pauses.',
        why: textOf(data, 'warning'),
        whatToDo: 'orchestrator status',
      })
    case 'run_paused':
      return paused(event, run())
    case 'run_ended':
      return ended(event, run())
    default:
      return null
  }
}

/** How a circuit stands now. */
export function circuitNotification(
  event: Event,
  { condition, since }: { readonly condition: CircuitCondition; readonly since: number },
): Notification {
  const subject = subjectOf(event) ?? ''
  const name = subject.slice('circuit:'.length)
  const whole = name.startsWith('system:')
  const who = whole ? 'The run' : name.slice(name.indexOf(':') + 1)
  const explain = `orchestrator circuits explain ${shellWord(name)}`
  const severity: Severity = whole ? 'critical' : 'warning'
  switch (condition) {
    case 'closed':
      return made(event, condition, {
        severity: 'info',
        title: closedTitle(event, who),
        what:
          since > 0
            ? `It was held back for ${durationText(event.at - since)}.`
            : 'It is no longer held back.',
        why: textOf(event.data, 'reason')?.replaceAll('_', ' ') ?? null,
        whatToDo: null,
      })
    case 'open':
      return made({ ...event, at: since }, condition, {
        severity,
        title: whole ? 'The run is halted' : `${who} is held back`,
        what: whole
          ? 'No task is claimed and no agent is called; what is under way still lands. One task tries it again after a wait.'
          : 'It claims no task until a wait is over; then one task tries it again. Others go on.',
        why: openedBecause(event),
        whatToDo: explain,
      })
    case 'flapping':
      return made(event, condition, {
        severity,
        title: whole
          ? 'The run is halted and tried again and again'
          : `${who} is held back and tried again and again`,
        what: 'Its circuit flaps. Nothing more is told of it until it is calm.',
        why: flapsBecause(event.data),
        whatToDo: explain,
      })
    case 'exhausted':
      return made(event, condition, {
        severity,
        title: whole ? 'The run does not recover' : `${who} is not tried any more`,
        what: whole
          ? 'Every try failed. Only a person lets it go on.'
          : 'Every try failed. Only a person lets it go on; a worker of the run comes back with its next start.',
        why: openedBecause(event),
        whatToDo: resetCommand(name),
      })
    case 'replaced':
      return made(event, condition, {
        severity,
        title: `${who} is replaced`,
        what: `${textOf(event.data, 'by') ?? 'Another worker'} takes its place: whatever it did failed.`,
        why: null,
        whatToDo: explain,
      })
  }
}

function paused(event: Event, { tasks }: RunFacts): Notification {
  const interrupted = event.data['state'] === 'interrupted'
  const { resumeAt } = event.data
  const goOn = resumeCommand({ ...resumeNeeds(event.data), reset: textOf(event.data, 'reset') })
  const landed = `${tasks.completed} of ${counted(tasks.total, 'task')} landed.`
  return made(event, interrupted ? 'interrupted' : 'paused', {
    severity: interrupted ? 'info' : 'warning',
    title: interrupted ? 'The run was interrupted' : 'The run pauses',
    what: [
      landed,
      ...(typeof resumeAt === 'number' ? [`It can go on from ${momentText(resumeAt)}.`] : []),
    ].join(' '),
    why: textOf(event.data, 'reason'),
    whatToDo: goOn.length > COMMAND ? 'orchestrator status' : goOn,
  })
}

function ended(event: Event, { tasks, target }: RunFacts): Notification {
  const completed = event.data['state'] === 'completed'
  const others = [
    [tasks.failed, 'failed'],
    [tasks.needs_human, 'for you to decide'],
    [tasks.blocked, 'waiting for these'],
  ] as const
  const left = others.flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`]))
  const landed = `${tasks.completed} of ${counted(tasks.total, 'task')} landed${target === null ? '' : ` on ${target}`}`
  return made(event, completed ? 'completed' : 'incomplete', {
    severity: completed ? 'info' : 'warning',
    title: completed ? 'The run is completed' : 'The run ended incomplete',
    what: `${[landed, ...left].join('; ')}.`,
    why: textOf(event.data, 'reason'),
    whatToDo: completed ? 'orchestrator status' : 'orchestrator task list',
  })
}

type Words = Pick<Notification, 'severity' | 'title' | 'what' | 'why' | 'whatToDo'>

function made(event: Event, condition: string, words: Words): Notification {
  const cut = (text: string | null, most: number): string | null =>
    text === null ? null : plainText(text, most)
  return {
    subject: subjectOf(event) ?? '',
    condition,
    severity: words.severity,
    title: plainText(words.title, TITLE),
    what: plainText(words.what, WHAT),
    why: cut(words.why, WHY),
    since: event.at,
    whatToDo: cut(words.whatToDo, COMMAND),
  }
}

function failureOf(data: Event['data']): string | null {
  const refusal = (data['refusal'] ?? {}) as { readonly fact?: unknown }
  const parts = [textOf(data, 'reason'), typeof refusal.fact === 'string' ? refusal.fact : null]
  return parts.filter((part) => part !== null).join(': ') || null
}

function closedTitle({ data }: Event, who: string): string {
  if (textOf(data, 'reason') === 'run_ended') return `${who} has ended and is held back no longer`
  return data['level'] === 'system' ? `${who} goes on` : `${who} works again`
}

function openedBecause({ kind, data }: Event): string | null {
  const cause = textOf(data, 'cause')?.replaceAll('_', ' ') ?? null
  if (kind !== 'circuit_opened') return cause
  const numbers = (data['numbers'] ?? {}) as Readonly<Record<string, number | null | undefined>>
  const { failures, outcomes } = numbers
  const how =
    typeof outcomes === 'number'
      ? `${failures} of ${outcomes} outcomes failed`
      : typeof failures === 'number'
        ? `${counted(failures, 'failure')} in a row`
        : 'its probe failed'
  return cause === null ? how : `${how}: ${cause}`
}

function flapsBecause(data: Event['data']): string | null {
  const { changes, windowMs } = data
  if (typeof changes !== 'number' || typeof windowMs !== 'number') return null
  return `${changes} changes of its state in ${durationText(windowMs)}`
}

function textOf(data: Event['data'], name: string): string | null {
  const value = data[name]
  return typeof value === 'string' ? value : null
}
