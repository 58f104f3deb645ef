import {
  type CircuitStanding,
  circuitCondition,
  RANKS,
  STANDING_AT_FIRST,
  standingAfter,
} from './circuit-standing.ts'
import type { Event } from './event.ts'
import { GROUP_MS, type Notification } from './notification.ts'
import { circuitNotification, newsNotification, type RunFacts } from './notification-texts.ts'

/** What is remembered of a subject, so that it is told once and not again and again. */
export interface SubjectMemory {
  /** Null for what is no circuit. */
  readonly circuit: CircuitStanding | null
  /** What people know of it. */
  readonly told: Told | null
  /** What they will be told when the throttle lets it; in the past it counts as told. */
  readonly waiting: Told | null
}

interface Told {
  readonly condition: string
  /** What must differ for it to be news. */
  readonly content: string
  readonly at: number
}

/** Why something is not told. */
type Silence = 'repeated' | 'flapping' | 'superseded' | 'outbox_full'

interface Heard {
  /** Null: it is forgotten, and whatever comes is news. */
  readonly memory: SubjectMemory | null
  /** Null where there is nothing to tell. */
  readonly notification: Notification | null
  readonly telling: Telling
  /** What waits of the subject is overtaken. */
  readonly withdraw: boolean
}

type Telling = { readonly dueAt: number } | { readonly silence: Silence }

interface Hearing {
  readonly now: number
  /** A subject that goes to and fro is told at most once in this time; what stands at its end is told then. */
  readonly throttleMs: number
  readonly run: () => RunFacts
}

/** What is to be told of an event, and when. Only for events that have a subject. */
export function hearEvent(event: Event, before: SubjectMemory | null, hearing: Hearing): Heard {
  const { told, waiting } = settled(before, hearing.now)
  if (event.kind === 'task_retried') {
    return { memory: null, notification: null, telling: REPEATED, withdraw: false }
  }
  const news = newsNotification(event, hearing.run)
  if (news !== null) return hearNews(news, { circuit: null, told, waiting }, hearing)
  const circuit = standingAfter(before?.circuit ?? STANDING_AT_FIRST, event)
  return hearCircuit(event, { circuit, told, waiting }, hearing)
}

const REPEATED: Telling = { silence: 'repeated' }

function settled(before: SubjectMemory | null, now: number): Pick<SubjectMemory, 'told' | 'waiting'> {
  const { told = null, waiting = null } = before ?? {}
  return waiting !== null && waiting.at <= now ? { told: waiting, waiting: null } : { told, waiting }
}

/** Something that happened, each time anew: told at once, but for the same said again. */
function hearNews(notification: Notification, memory: SubjectMemory, { now, throttleMs }: Hearing): Heard {
  const content = `${notification.condition}: ${notification.what} ${notification.why}`
  const last = memory.waiting ?? memory.told
  if (last !== null && last.content === content && now - last.at < throttleMs) {
    return { memory, notification, telling: REPEATED, withdraw: false }
  }
  const dueAt = now + GROUP_MS
  const waiting = { condition: notification.condition, content, at: dueAt }
  return { memory: { ...memory, waiting }, notification, telling: { dueAt }, withdraw: false }
}

/** Something that goes to and fro: told where it stands, at most once in the time of the throttle, unless it gets worse. */
function hearCircuit(
  event: Event,
  memory: SubjectMemory & { circuit: CircuitStanding },
  hearing: Hearing,
): Heard {
  const { now, throttleMs } = hearing
  const { circuit, told, waiting } = memory
  const condition = circuitCondition(circuit, event)
  const known = told?.condition ?? 'closed'
  const notification = circuitNotification(event, { condition, since: circuit.since })
  if (waiting?.condition === condition)
    return { memory, notification, telling: silent(condition), withdraw: false }
  if (condition === known) {
    // Back where people believe it to be: whatever waits is no longer so.
    const nothing = told === null || condition === 'closed'
    return {
      memory: { circuit, told, waiting: null },
      notification: nothing ? null : notification,
      telling: silent(condition),
      withdraw: waiting !== null,
    }
  }
  const isWorse = RANKS[condition] > RANKS.open && RANKS[condition] > RANKS[rankedAs(known)]
  const soon = now + GROUP_MS
  const dueAt = told === null || isWorse ? soon : Math.max(soon, told.at + throttleMs)
  return {
    memory: { circuit, told, waiting: { condition, content: condition, at: dueAt } },
    notification,
    telling: { dueAt },
    withdraw: waiting !== null,
  }
}

function rankedAs(known: string): keyof typeof RANKS {
  return Object.hasOwn(RANKS, known) ? (known as keyof typeof RANKS) : 'closed'
}

function silent(condition: string): Telling {
  return { silence: condition === 'flapping' ? 'flapping' : 'repeated' }
}
