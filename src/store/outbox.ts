import type { NotificationMessage, ReceiverName } from '../domain/notification.ts'

/** The part of the store that holds what people are told until it has gone out: at least once, whatever is killed. */
export interface Outbox {
  /**
   * Whom the process that begins now will tell. For those, what happened since the last that told somebody is still to be
   * told; where nobody is told, what happens is not told later either. Answers the event to go on after.
   */
  beginNotifications(receivers: readonly ReceiverName[], at: number): Promise<number>
  /** Writes down what is to be told of the events that are new, some hundred at a time. Answers the last that it read. */
  queueNotifications(rules: NotificationRules, at: number): Promise<number>
  /** What goes out next to a receiver, as one message; kept as it is until it is settled, whoever asks. */
  takeMessage(asked: MessageRequest, at: number): Promise<TakenMessage>
  settleMessage(message: string, end: MessageEnd, at: number): Promise<void>
}

export interface NotificationRules {
  readonly receivers: readonly ReceiverName[]
  /** A subject that goes to and fro is told at most once in this time. */
  readonly throttleMs: number
}

interface MessageRequest {
  readonly receiver: ReceiverName
  /** For a message that is made now. */
  readonly id: string
  /** What waits for the throttle goes, too: it is the last occasion for now. */
  readonly early: boolean
}

export type TakenMessage =
  | { readonly kind: 'message'; readonly message: NotificationMessage; readonly tries: number }
  /** Something waits until then. */
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'nothing' }

export type MessageEnd =
  | { readonly kind: 'sent' }
  | { readonly kind: 'retry'; readonly at: number; readonly error: string }
  | { readonly kind: 'given_up'; readonly error: string }
