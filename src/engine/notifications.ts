import type { Receiver } from '../config/receivers.ts'
import { OLD_MS } from '../domain/notification.ts'
import { subjectOf } from '../domain/notification-subject.ts'
import { retryDelayMs } from '../domain/retry.ts'
import { messageOf } from '../errors.ts'
import { deliver, type Delivery } from '../notify/deliver.ts'
import type { MessageEnd, TakenMessage } from '../store/outbox.ts'
import type { World } from './context.ts'
import { Wake, waitFor } from './wake.ts'

interface NotificationOptions {
  readonly run: string
  readonly receivers: readonly Receiver[]
  readonly throttleMs: number
  /** How long something may still be sent when the run has ended. Default 5 s. */
  readonly flushMs?: number
  /** Aborted: nothing more is sent, not even then. */
  readonly stopping: AbortSignal
}

const FLUSH_MS = 5_000
const EVENTS_AT_ONCE = 500
/** Longest sleep of a sender: a safety net, since whatever is new rings. */
const IDLE_MS = 60_000
/** After so many tries in vain people are told where they look at the run. */
const TRIES_BEFORE_TOLD = 3

type Parts = Pick<World, 'store' | 'clock' | 'faults'>

/**
 * Tells people what the event log says that they should know: one reader of the log, and for each receiver one sender, so
 * that a slow receiver holds up neither the run nor the other. What is not sent when it stops goes out with the next run.
 * Nothing of it fails the run.
 */
export class Notifications {
  readonly #parts: Parts
  readonly #options: NotificationOptions
  readonly #wake = new Wake()
  /** Nothing is waited for any more; what is there goes out. */
  readonly #ending = new AbortController()
  /** What is under way is broken off. */
  readonly #cut = new AbortController()
  readonly #told = new Set<string>()
  #reading: Promise<void> = Promise.resolve()
  #working: Promise<unknown> = Promise.resolve()
  #stopped: Promise<void> | null = null
  /** Until when something is sent; set when it stops. */
  #lastAt = 0

  constructor(parts: Parts, options: NotificationOptions) {
    this.#parts = parts
    this.#options = options
  }

  /** Begins behind everything that nobody was to be told of. */
  async start(): Promise<void> {
    const { store, clock } = this.#parts
    const { receivers } = this.#options
    const names = receivers.map(({ name }) => name)
    await this.#guarded(async () => {
      const after = await store.beginNotifications(names, clock.now())
      if (receivers.length === 0) return
      this.#reading = this.#guarded(() => this.#read(after))
      this.#working = Promise.all(receivers.map((receiver) => this.#guarded(() => this.#send(receiver))))
    })
  }

  /** Sends what is there, for a bounded time. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #stop(): Promise<void> {
    const { flushMs = FLUSH_MS, stopping } = this.#options
    const done = new AbortController()
    this.#lastAt = this.#parts.clock.now() + flushMs
    this.#ending.abort()
    const limit = this.#parts.clock.sleep(flushMs, AbortSignal.any([done.signal, stopping]))
    await Promise.race([limit, this.#working])
    this.#cut.abort()
    await this.#working
    done.abort()
  }

  /** Follows the log; only what may have to be told costs a write. */
  async #read(start: number): Promise<void> {
    const { store } = this.#parts
    for (let after = start; ; ) {
      // Known before it looks: what was written before the end is told, too.
      const isLast = this.#ending.signal.aborted
      const events = await store.events({ after, limit: EVENTS_AT_ONCE })
      after = events.at(-1)?.seq ?? after
      if (events.some((event) => subjectOf(event) !== null)) await this.#queueUpTo(after)
      if (events.length === EVENTS_AT_ONCE) continue
      if (isLast) return
      await store.waitForEvent(after, this.#ending.signal)
    }
  }

  async #queueUpTo(last: number): Promise<void> {
    const { store, clock } = this.#parts
    const { receivers, throttleMs } = this.#options
    const rules = { receivers: receivers.map(({ name }) => name), throttleMs }
    for (let seen = 0; seen < last; ) seen = await store.queueNotifications(rules, clock.now())
    this.#wake.ring()
  }

  async #send(receiver: Receiver): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#ending
    while (!signal.aborted) {
      const ticket = this.#wake.ticket()
      const taken = await this.#take(receiver, false)
      if (taken.kind === 'message') await this.#deliver(receiver, taken)
      else await waitFor(ticket, { clock, ms: this.#waitFor(taken), signal })
    }
    await this.#reading
    await this.#flush(receiver)
  }

  /** The last occasion of this process: what waits for the throttle goes, too. */
  async #flush(receiver: Receiver): Promise<void> {
    while (!this.#cut.signal.aborted) {
      const taken = await this.#take(receiver, true)
      if (taken.kind === 'nothing') return
      if (taken.kind === 'message') await this.#deliver(receiver, taken)
      else if (taken.until > this.#lastAt) break
      else await this.#parts.clock.sleep(this.#waitFor(taken), this.#cut.signal)
    }
    await this.#tell(receiver, 'what is not sent yet goes out with the next run')
  }

  #take({ name }: Receiver, early: boolean): Promise<TakenMessage> {
    const { store, clock } = this.#parts
    return store.takeMessage({ receiver: name, id: clock.id(20), early }, clock.now())
  }

  #waitFor(taken: Exclude<TakenMessage, { kind: 'message' }>): number {
    if (taken.kind === 'nothing') return IDLE_MS
    return Math.min(IDLE_MS, Math.max(1, taken.until - this.#parts.clock.now()))
  }

  async #deliver(
    receiver: Receiver,
    { message, tries }: Extract<TakenMessage, { kind: 'message' }>,
  ): Promise<void> {
    const { store, clock } = this.#parts
    const delivery = await deliver(receiver, message, { now: clock.now(), signal: this.#cut.signal })
    const now = clock.now()
    const end = endOf(delivery, { tries: tries + 1, age: now - message.at, now })
    await store.settleMessage(message.id, end, now)
    if (end.kind === 'given_up') await this.#tell(receiver, `${end.error}; it is not tried again`)
    if (end.kind === 'retry' && tries + 1 >= TRIES_BEFORE_TOLD) {
      await this.#tell(receiver, `${end.error}; it is tried again`)
    }
  }

  /** Once in the life of a process: who looks at the run should know that others are not told. */
  async #tell({ name }: Receiver, reason: string): Promise<void> {
    if (this.#told.has(name)) return
    this.#told.add(name)
    const { store, clock, faults } = this.#parts
    const { run } = this.#options
    faults.warn({ run, receiver: name }, `notifications: ${reason}`)
    const event = { run, kind: 'notification_failed', task: null, attempt: null } as const
    await store.append([{ ...event, data: { receiver: name, reason } }], clock.now())
  }

  /** A fault of our own here is written down and ends the telling, never the run. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      const stack = thrown instanceof Error ? thrown.stack : undefined
      this.#parts.faults.error({ run: this.#options.run, stack }, `notifications: ${messageOf(thrown)}`)
    }
  }
}

function endOf(
  delivery: Delivery,
  { tries, age, now }: { readonly tries: number; readonly age: number; readonly now: number },
): MessageEnd {
  if (delivery.kind !== 'retry') return delivery
  const { error, afterMs } = delivery
  if (age > OLD_MS) return { kind: 'given_up', error }
  return { kind: 'retry', at: now + Math.max(afterMs ?? 0, retryDelayMs(tries)), error }
}
