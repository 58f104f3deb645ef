import { Worker } from 'node:worker_threads'
import { OrchestratorError } from '../errors.ts'
import type { ProcessIdentity } from '../runtime/process-identity.ts'
import { ownModule } from '../runtime/own-files.ts'
import type { Answer, Args, OperationName } from './operation.ts'
import type { OwnerRecord } from './queries-owner.ts'
import type {
  ControlCall,
  OperationCall,
  ThreadCall,
  ThreadData,
  ThreadNews,
  ThrownError,
} from './thread-messages.ts'

/** Operations that may wait for the thread at one time. Reached only when nobody awaits what they ask for. */
const MOST_WAITING = 100_000
/** What the thread may hold of rows and messages of the moment: without a bound V8 takes more for them in steps, as a leak would. */
const YOUNG_MB = 16

type WithoutId<Call> = Call extends unknown ? Omit<Call, 'id'> : never

interface Waiter {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The caller's side of the owner's thread: messages out, promises back. */
export class ThreadClient {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiter>()
  /** Asked for since the last message. */
  readonly #outgoing: OperationCall[] = []
  readonly #eventListeners = new Set<() => void>()
  readonly #requestListeners = new Set<() => void>()
  readonly #exited: Promise<void>
  #nextId = 1
  #lastEvent = 0
  #ended: OrchestratorError | null = null
  #closing: Promise<void> | null = null

  constructor(data: ThreadData) {
    this.#worker = new Worker(ownModule('store/sqlite-thread'), {
      workerData: data,
      name: 'store',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    this.#worker.on('message', (news: ThreadNews) => this.#receive(news))
    this.#worker.on('error', (cause) => this.#end('its thread failed', cause))
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end('it is closed')
        resolve()
      })
    })
  }

  /** The newest event that is committed, as far as this side knows. */
  get lastEvent(): number {
    return this.#lastEvent
  }

  call<Name extends OperationName>(name: Name, args: Args<Name>): Promise<Answer<Name>> {
    const answer = this.#await((id) => {
      if (this.#outgoing.push({ id, name, args }) === 1) process.nextTick(() => this.#send())
    })
    return answer as Promise<Answer<Name>>
  }

  open(): Promise<OwnerRecord | null> {
    return this.#ask({ kind: 'open' }) as Promise<OwnerRecord | null>
  }

  own(taking: {
    readonly owner: ProcessIdentity
    readonly after: number
    readonly passing: boolean
  }): Promise<number | null> {
    return this.#ask({ kind: 'own', ...taking }) as Promise<number | null>
  }

  /** Lets those who come for one change only know that somebody wants to stay. */
  async awaitOwnership(): Promise<void> {
    await this.#ask({ kind: 'await' })
  }

  /** Called after each group that wrote events, and when the thread ends. */
  onEvents(listener: () => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  onRequests(listener: () => void): () => void {
    this.#requestListeners.add(listener)
    return () => this.#requestListeners.delete(listener)
  }

  get isEnded(): boolean {
    return this.#ended !== null
  }

  /** `remove`: its files go with it. A second call waits for the end, whatever the first one is told. */
  close(kind: 'close' | 'remove' = 'close'): Promise<void> {
    if (this.#closing !== null) return this.#exited
    this.#closing = this.#close(kind)
    return this.#closing
  }

  async #close(kind: 'close' | 'remove'): Promise<void> {
    if (this.#ended === null) await this.#ask({ kind })
    await this.#exited
  }

  #ask(call: WithoutId<ControlCall>): Promise<unknown> {
    return this.#await((id) => {
      this.#send()
      this.#post({ ...call, id })
    }, isLast(call.kind))
  }

  /** What was asked for meanwhile. */
  #send(): void {
    const calls = this.#outgoing.splice(0)
    if (calls.length === 0) return
    try {
      this.#post({ kind: 'operations', calls })
    } catch (thrown) {
      // One of them cannot be sent: nothing of the message was.
      for (const { id } of calls)
        this.#settle(id)?.reject(unavailable('what was asked cannot be sent to it', thrown))
    }
  }

  #post(call: ThreadCall): void {
    this.#worker.postMessage(call)
  }

  #await(ask: (id: number) => void, isAllowedLast = false): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    if (this.#closing !== null && !isAllowedLast) return Promise.reject(unavailable('it is closed'))
    if (this.#waiting.size >= MOST_WAITING) {
      return Promise.reject(unavailable(`${MOST_WAITING} operations wait for it already`))
    }
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      ask(id)
    })
  }

  #receive(news: ThreadNews): void {
    if (news.kind === 'requests') return this.#requestListeners.forEach((listener) => listener())
    for (const reply of news.replies) {
      const waiter = this.#settle(reply.id)
      if (reply.ok) waiter?.resolve(reply.value)
      else waiter?.reject(errorFrom(reply.error))
    }
    if (news.lastEvent <= this.#lastEvent) return
    this.#lastEvent = news.lastEvent
    for (const listener of this.#eventListeners) listener()
  }

  #settle(id: number): Waiter | undefined {
    const waiter = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiter
  }

  #end(what: string, cause?: unknown): void {
    this.#ended ??= unavailable(what, cause)
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
    for (const listener of this.#eventListeners) listener()
  }
}

function isLast(kind: ControlCall['kind']): boolean {
  return kind === 'close' || kind === 'remove'
}

function unavailable(what: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('store_unavailable', `The store cannot be used: ${what}.`, {
    hint: 'Nothing that was not confirmed is lost unnoticed: resume the run.',
    cause,
  })
}

function errorFrom({ code, message, hint, stack }: ThrownError): OrchestratorError {
  const error = new OrchestratorError(code, message, hint === null ? {} : { hint })
  if (stack !== null) error.stack = `${error.stack ?? ''}\n    in the store's thread: ${stack}`
  return error
}
