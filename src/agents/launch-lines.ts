import type { ExecResult } from '../runtime/exec.ts'
import type { AgentCommand, AgentEvent, AgentRequest } from './agent.ts'
import { MOST_WAITING, WaitingRoom } from './waiting-room.ts'

const LONGEST_LINE = 1024 * 1024

/**
 * Launches a command of an attempt and yields what `read` makes of its output, line by line as it comes; returns how it
 * ended. Whoever leaves the iteration early ends the command: no process of it is left when `return()` resolves.
 */
export async function* launchLines(
  request: AgentRequest,
  command: AgentCommand,
  reading: { readonly signal: AbortSignal; readonly read: (line: string) => readonly AgentEvent[] },
): AsyncGenerator<AgentEvent, ExecResult> {
  const left = new AbortController()
  const lines = new WaitingRoom<string>(MOST_WAITING)
  let rest = ''
  const decoder = new TextDecoder()
  const running = request.launch(
    {
      ...command,
      onStdout: (chunk) => {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
        rest = (parts.pop() ?? '').slice(0, LONGEST_LINE)
        for (const part of parts) lines.enter(part.slice(0, LONGEST_LINE))
      },
    },
    AbortSignal.any([reading.signal, left.signal]),
  )
  const closed = running.then(
    () => {
      if (rest !== '') lines.enter(rest)
      lines.close()
    },
    (cause: unknown) => lines.close(cause),
  )
  try {
    for await (const line of lines.leave()) {
      yield* reading.read(line)
    }
    return await running
  } finally {
    left.abort()
    await closed
  }
}
