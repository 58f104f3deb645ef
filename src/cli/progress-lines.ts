import type { Event } from '../domain/event.ts'
import { stageOf } from '../domain/circuit.ts'
import { resetCommand, retryCommand, retryTask } from '../domain/closing-command.ts'
import { untilText } from '../domain/wording.ts'
import { type Held, heldText } from './held-text.ts'
import { counted, durationText } from './text-lines.ts'

/** What a reader of the lines has to know beside the event. */
interface Standing {
  /** Milliseconds since the command started. */
  readonly elapsedMs: number
  readonly landed: number
  readonly total: number
  /** Width of the longest task key, so that columns stand below each other. */
  readonly keyWidth: number
  /** Columns of the terminal; null where there is none, and then nothing is cut. */
  readonly columns: number | null
}

/** One event as a line for people; null for those that only matter to programs. */
export function progressLine(event: Event, standing: Standing): string | null {
  const told = tell(event)
  return told === null ? null : lineOf(told, event.task, standing)
}

/** What holds work back when a run begins or goes on: more than these are shown by `circuits status`. */
export function heldLines(
  { held, now }: { readonly held: readonly Held[]; readonly now: number },
  standing: Standing,
): string[] {
  return held.slice(0, MOST_HELD).map((each) => {
    const task = each.level === 'stage' ? stageOf(each.id).task : null
    return lineOf({ what: 'held back', detail: heldText(each, now) }, task, standing)
  })
}

const MOST_HELD = 5

function lineOf(told: Told, task: string | null, standing: Standing): string {
  const { elapsedMs, landed, total, keyWidth, columns } = standing
  const time = `${(elapsedMs / 1_000).toFixed(1)} s`.padStart(8)
  const count = `[${String(landed).padStart(String(total).length)}/${total}]`
  const key = (task ?? '').padEnd(keyWidth)
  const line = `${time}  ${count}  ${key}  ${told.what.padEnd(WHAT_WIDTH)}  ${told.detail}`.trimEnd()
  return shortened(line.replaceAll(/\s*\n\s*/g, ' '), columns ?? LONGEST_LINE)
}

/** Lines in a log stay readable, too. */
const LONGEST_LINE = 240
const WHAT_WIDTH = 11

interface Told {
  readonly what: string
  readonly detail: string
}

/** What each stage does, in the words of somebody who watches. */
const STAGE_WORDS: Readonly<Record<string, string>> = {
  red: 'writes tests that must fail',
  red_fix: 'repairs its tests',
  green: 'writes the code',
  verify: 'is verified',
  fix: 'repairs its code',
  re_verify: 'is verified again',
  refactor: 'tidies up',
}

function tell(event: Event): Told | null {
  const { kind, task, data } = event
  const said = (name: string): string => (typeof data[name] === 'string' ? data[name] : '')
  const stage = said('stage')
  switch (kind) {
    case 'attempt_started':
      return { what: stageName(stage), detail: STAGE_WORDS[stage] ?? '' }
    case 'prompt_cut':
      return { what: 'shortened', detail: promptCutText(data) }
    case 'attempt_refused':
      return { what: 'refused', detail: `${stageName(stage)}: ${firstRefusal(data)}` }
    case 'attempt_gave_up':
      return { what: 'gave up', detail: `${stageName(stage)}: ${said('cause')}: ${said('detail')}` }
    case 'attempt_disputed':
      return { what: 'disputes', detail: said('reason') }
    case 'dispute_rejected':
      return { what: 'tests stand', detail: 'the dispute was rejected' }
    case 'attempt_lost':
      return { what: 'lost', detail: `${said('cause')}: ${said('detail')}` }
    case 'provider_limited':
      return { what: 'waits', detail: providerText(event) }
    case 'landing_returned':
      return { what: 'came back', detail: `landing: ${said('code')}: ${said('fact')}` }
    case 'task_landing':
      return { what: 'is landing', detail: '' }
    case 'task_completed':
      return { what: 'landed', detail: said('merge').slice(0, 10) }
    case 'landing_lost':
      return {
        what: 'lost',
        detail: `its landing: the target no longer contains it; ${retryTask(task ?? '')} lands it again`,
      }
    case 'task_failed':
      return { what: 'failed', detail: said('reason') }
    case 'task_needs_human':
      return { what: 'needs you', detail: said('reason') }
    case 'budget_warning':
      return { what: 'budget', detail: said('warning') }
    case 'test_quarantined':
      return { what: 'quarantined', detail: `${said('file')}: ${said('name')}` }
    case 'quarantine_cleared':
      return { what: 'cleared', detail: `${said('file')}: ${said('name')}` }
    case 'slot_blind':
      return { what: 'not noticed', detail: `a broken line in ${said('source')} by ${said('test')}` }
    case 'check_missing':
      return { what: 'not checked', detail: `${said('check')}: ${said('command')} could not be started` }
    case 'circuit_opened':
      return { what: 'held back', detail: openedText(data) }
    case 'circuit_exhausted':
      return { what: 'held back', detail: usedUpText(data) }
    case 'circuit_probe_started':
      return { what: 'probes', detail: `whether ${circuitName(data)} works again` }
    case 'circuit_closed':
      return { what: 'goes on', detail: `${circuitName(data)}: ${said('reason').replaceAll('_', ' ')}` }
    case 'circuit_flapping':
      return {
        what: 'flaps',
        detail: `${circuitName(data)} is held back and tried again and again${changesText(data)}`,
      }
    case 'worker_replaced':
      return { what: 'replaced', detail: `${said('worker')} by ${said('by')}` }
    case 'notification_failed':
      return { what: 'not told', detail: `${said('receiver')}: ${said('reason')}` }
    case 'landing_paused':
      return { what: 'paused', detail: `landing: ${said('reason')}` }
    default:
      return null
  }
}

function providerText({ at, data: { cause, until } }: Event): string {
  return `for its provider (${String(cause).replaceAll('_', ' ')}) until ${untilText(Number(until), at)}`
}

function promptCutText({ cut, limit }: Event['data']): string {
  const names = (Array.isArray(cut) ? cut : []).flatMap((part: unknown) =>
    typeof part === 'object' && part !== null && 'name' in part ? [String(part.name)] : [],
  )
  const what = names.length === 0 ? 'nothing of it may be left out' : `left out or cut: ${names.join(', ')}`
  return `its prompt, to ${Number(limit)} tokens; ${what}`
}

function openedText(data: Event['data']): string {
  const numbers = (data['numbers'] ?? {}) as Readonly<Record<string, number | null | undefined>>
  const { failures, outcomes, waitMs } = numbers
  const why =
    typeof outcomes === 'number'
      ? `${failures} of ${outcomes} failed`
      : typeof failures === 'number'
        ? `${counted(failures, 'failure')} in a row`
        : 'its probe failed'
  const cause = typeof data['cause'] === 'string' ? ` (${data['cause'].replaceAll('_', ' ')})` : ''
  const until = typeof waitMs === 'number' ? `; a probe in ${durationText(waitMs)}` : ''
  return `${circuitName(data)}: ${why}${cause}${until}`
}

/** In the place of a worker comes another, which is told by itself. */
function usedUpText(data: Event['data']): string {
  const told = `${circuitName(data)}: every try failed`
  const identifier = String(data['circuit'])
  if (data['level'] === 'worker') return `${told}; it is not tried any more`
  const command =
    data['level'] === 'stage'
      ? retryCommand({ identifier, ended: 'task_needs_human' })
      : resetCommand(`system:${identifier}`)
  return `${told}; it goes on by: ${command}`
}

/** It need not have closed in between: each probe that fails is two changes. */
function changesText({ changes, windowMs }: Event['data']): string {
  if (typeof changes !== 'number' || typeof windowMs !== 'number') return ''
  return `: ${counted(changes, 'change')} of its state in ${durationText(windowMs)}`
}

/** What a circuit guards, in the words of somebody who watches. */
function circuitName(data: Event['data']): string {
  const circuit = String(data['circuit'])
  if (data['level'] === 'system') return 'the whole run'
  return data['level'] === 'stage' ? stageName(circuit.slice(circuit.lastIndexOf(':') + 1)) : circuit
}

export function stageName(stage: string): string {
  return stage.toUpperCase()
}

function firstRefusal(data: Event['data']): string {
  const refusals = Array.isArray(data['refusals']) ? (data['refusals'] as unknown[]) : []
  const [first] = refusals as { readonly code?: unknown; readonly fact?: unknown }[]
  // The fact of one says by itself of how many things it is.
  const others = refusals.length > 1 ? `; ${counted(refusals.length - 1, 'other refusal')}` : ''
  return first === undefined ? '' : `${String(first.code)}: ${String(first.fact)}${others}`
}

export function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, Math.max(1, characters - 1))}…`
}
