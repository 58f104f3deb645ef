import { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { ExecResult } from '../runtime/exec.ts'
import type { Talk } from './launch-talk.ts'

/** A talk in the shape in which the Claude Agent SDK wants the process that it speaks to. */
export class ClaudeProcess extends EventEmitter {
  readonly stdin: Writable
  readonly stdout: Readable
  killed = false
  exitCode: number | null = null
  signalCode: NodeJS.Signals | null = null
  readonly #talk: Talk

  constructor(talk: Talk) {
    super()
    this.#talk = talk
    this.stdin = talk.stdin
    this.stdout = talk.stdout
    void talk.ended.then(
      (result) => this.#exit(result),
      (cause: unknown) => this.emit('error', cause instanceof Error ? cause : new Error(String(cause))),
    )
  }

  kill(): boolean {
    this.killed = true
    this.#talk.end()
    return true
  }

  #exit({ end }: ExecResult): void {
    if (end.kind === 'exited') this.exitCode = end.code
    else this.signalCode = 'SIGKILL'
    this.emit('exit', this.exitCode, this.signalCode)
  }
}
