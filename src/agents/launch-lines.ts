import type { ExecResult } from '../runtime/exec.ts'
import type { AgentCommand, AgentEvent, AgentRequest } from './agent.ts'

/** Lines that wait to be read; beyond this the oldest are dropped, so that a flooding agent cannot fill our memory. */
const WAITING_LINES = 10_000
const LONGEST_LINE = 1024 * 1024

/**
 * Launches a command of an attempt and yields what `read` makes of its output, line by line as it comes; returns how it
 * ended. Whoever leaves the iteration early ends the command: no process of it is left when `return()` resolves.
 */
export async function* launchLines(
  request: AgentRequest,
  command: AgentCommand,
  reading: { readonly signal: AbortSignal; readonly read: (line: string) => AgentEvent | null },
): AsyncGenerator<AgentEvent, ExecResult> {
  const left = new AbortController()
  const lines: string[] = []
  let rest = ''
  let wake: () => void = () => undefined
  let ended: ExecResult | null = null
  let failure: unknown = null
  const push = (line: string): void => {
    lines.push(line)
    if (lines.length > WAITING_LINES) lines.shift()
  }
  const decoder = new TextDecoder()
  const running = request
    .launch(
      {
        ...command,
        onStdout: (chunk) => {
          const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
          rest = (parts.pop() ?? '').slice(0, LONGEST_LINE)
          for (const part of parts) push(part.slice(0, LONGEST_LINE))
          wake()
        },
      },
      AbortSignal.any([reading.signal, left.signal]),
    )
    .then(
      (result) => {
        ended = result
      },
      (cause: unknown) => {
        failure = cause
      },
    )
    .finally(() => wake())

  try {
    for (;;) {
      const line = lines.shift()
      if (line !== undefined) {
        const event = reading.read(line)
        if (event !== null) yield event
        continue
      }
      if (failure !== null) throw failure
      if (ended !== null) break
      await new Promise<void>((resolve) => {
        wake = resolve
        if (lines.length > 0 || ended !== null || failure !== null) resolve()
      })
    }
    const last = rest === '' ? null : reading.read(rest)
    if (last !== null) yield last
    return ended
  } finally {
    left.abort()
    await running
  }
}
