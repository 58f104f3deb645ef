/** How much it matters that somebody looks. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Where people are told. */
export type ReceiverName = 'slack' | 'webhook'

/** Something that a person should know: what it is about, what happened, why, since when, and what to do. */
export interface Notification {
  /** What it is about: `circuit:worker:worker_1`, `task:KEY`, `landing:KEY`, `budget` or `run`. */
  readonly subject: string
  /** How the subject stands, in one word. */
  readonly condition: string
  readonly severity: Severity
  readonly title: string
  readonly what: string
  readonly why: string | null
  /** Milliseconds since the epoch. */
  readonly since: number
  /** A command to type. */
  readonly whatToDo: string | null
}

/** A notification that is on its way, with the event that it tells. */
export interface SentNotification extends Notification {
  readonly event: number
}

/** What goes out to one receiver at once. Said again it is the same in every letter, so that a receiver can tell. */
export interface NotificationMessage {
  readonly id: string
  readonly run: { readonly id: string; readonly title: string }
  /** When the first of its notifications was written down. */
  readonly at: number
  /** At least one, in the order in which it happened. */
  readonly notifications: readonly SentNotification[]
}

/** Waited for after something that is told, so that what happens together goes out together. */
export const GROUP_MS = 1_000

/** What could not be sent for so long is no news. */
export const OLD_MS = 86_400_000
