import { OrchestratorError } from '../errors.ts'
import type { HostSession } from '../runtime/exec.ts'
import { ByteQueue } from './byte-queue.ts'
import { gitFailed, gitNotStarted } from './git-command.ts'

/** Takes one whole answer from the input, or returns null until more has come. */
export type AnswerReader<Answer> = (input: ByteQueue) => Answer | null

interface SessionOptions {
  readonly name: string
  readonly start: () => HostSession
}

/** Requests that may wait at once; more is a fault of the caller. */
const MAX_WAITING = 200_000
/** Requests that the process has and has not answered. */
const MAX_IN_FLIGHT = 128

interface Pending {
  readonly request: Uint8Array
  /** Forgets what was read of an answer, before the request is sent. */
  readonly begin: () => void
  /** Whether the answer was whole and is delivered. */
  readonly receive: (input: ByteQueue) => boolean
  readonly reject: (reason: unknown) => void
  restarts: number
}

/**
 * A long-lived git process that answers requests in order. It starts with the first request, and once more with the
 * requests that were open when it died. Requests must be safe to repeat.
 */
export class Session {
  readonly #options: SessionOptions
  readonly #waiting: Pending[] = []
  #inFlight: Pending[] = []
  #process: HostSession | null = null
  #closed = false

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** `reader` makes what reads one answer; it may keep state between calls. */
  ask<Answer>(request: string | Uint8Array, reader: () => AnswerReader<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError(this.#options.name))
      if (this.#waiting.length >= MAX_WAITING) {
        return reject(
          new OrchestratorError('internal', `too many requests wait for git ${this.#options.name}`),
        )
      }
      let read = reader()
      this.#waiting.push({
        request: typeof request === 'string' ? Buffer.from(request) : request,
        begin: () => {
          read = reader()
        },
        receive: (input) => {
          const answer = read(input)
          if (answer !== null) resolve(answer)
          return answer !== null
        },
        reject,
        restarts: 0,
      })
      this.#send()
    })
  }

  /** Ends the process; what is still open is rejected. */
  async close(): Promise<void> {
    this.#closed = true
    const process = this.#process
    this.#abandon(closedError(this.#options.name))
    await process?.close()
  }

  #abandon(reason: Error): void {
    this.#process = null
    const open = [...this.#inFlight, ...this.#waiting.splice(0)]
    this.#inFlight = []
    for (const pending of open) pending.reject(reason)
  }

  #send(): void {
    const room = MAX_IN_FLIGHT - this.#inFlight.length
    if (room <= 0 || this.#waiting.length === 0) return
    const process = (this.#process ??= this.#start())
    const next = this.#waiting.splice(0, room)
    this.#inFlight.push(...next)
    for (const pending of next) {
      pending.begin()
      process.stdin.write(pending.request)
    }
  }

  #start(): HostSession {
    const process = this.#options.start()
    const input = new ByteQueue()
    process.stdout.on('data', (chunk: Buffer) => {
      if (this.#process !== process) return
      input.push(chunk)
      try {
        this.#deliver(input)
      } catch (reason) {
        this.#fail(process, reason)
      }
    })
    // A broken pipe is told by the end of the process, with its reason.
    process.stdin.on('error', () => undefined)
    void process.ended.then((result) => {
      if (this.#process !== process) return
      const { end, stderr } = result
      if (end.kind === 'not_started') this.#abandon(gitNotStarted(end))
      else this.#restart(stderr.toString('utf8'))
    })
    return process
  }

  #deliver(input: ByteQueue): void {
    while (this.#inFlight[0]?.receive(input) === true) this.#inFlight.shift()
    this.#send()
  }

  /** The first open request was being answered when the process died: it may be the cause, and gets one more chance. */
  #restart(stderr: string): void {
    this.#process = null
    const open = this.#inFlight
    this.#inFlight = []
    const first = open[0]
    if (first !== undefined) {
      first.restarts += 1
      if (first.restarts > 1) {
        open.shift()
        first.reject(gitFailed(`git ${this.#options.name} ended early`, stderr))
      }
    }
    this.#waiting.unshift(...open)
    this.#send()
  }

  #fail(process: HostSession, reason: unknown): void {
    this.#process = null
    this.#inFlight.shift()?.reject(reason)
    this.#waiting.unshift(...this.#inFlight)
    this.#inFlight = []
    void process.close()
    this.#send()
  }
}

/** Reads answers of one line, without its end. */
export function lineReader(): AnswerReader<string> {
  return (input) => input.takeLine()
}

function closedError(name: string): OrchestratorError {
  return new OrchestratorError('internal', `git ${name} is asked after it was closed`)
}
