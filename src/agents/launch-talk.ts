import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { ExecResult } from '../runtime/exec.ts'
import type { AgentCommand, AgentRequest } from './agent.ts'

/** A program of an attempt that is talked with over its standard input and output. */
export interface Talk {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Resolves once no process of it is left; rejects only for a fault of ours. */
  readonly ended: Promise<ExecResult>
  /** Ends it with all its children; may be called twice. */
  end(): void
}

/** Launches a command of an attempt and leaves its standard input and output to the caller. */
export function launchTalk(
  request: AgentRequest,
  command: Pick<AgentCommand, 'argv' | 'env' | 'wallMs'>,
  signal: AbortSignal,
): Talk {
  const left = new AbortController()
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const ended = request
    .launch(
      { ...command, stdin, onStdout: (chunk) => void stdout.write(chunk) },
      AbortSignal.any([signal, left.signal]),
    )
    .finally(() => stdout.end())
  return { stdin, stdout, ended, end: () => left.abort() }
}
