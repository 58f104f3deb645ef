import type { Exec, ExecResult, HostCommand } from './exec.ts'

/** A command that reads everything it has to know from its input, to the end. */
export type AskedCommand = HostCommand & { readonly stdin: string | Uint8Array }

/** Runs tools of ours that take longer to start than to answer: each is started before it is asked. */
export interface Ahead {
  /** As `exec.host`. Afterwards others with the same command line are started until so many wait to be asked. */
  run(command: AskedCommand, atOnce: number): Promise<ExecResult>
  /** Ends those that wait; what is asked afterwards is started as ever. */
  close(): Promise<void>
}

interface Waiting {
  /** It ended although nobody asked. */
  isOver: boolean
  readonly ask: (question: string | Uint8Array) => void
  readonly result: Promise<ExecResult>
}

/** Whoever has the answer goes on first: to start a process keeps all others waiting. */
const REST_MS = 100
/** Different command lines of which some wait. */
const MOST_KINDS = 16

export function startAhead(exec: Pick<Exec, 'host'>): Ahead {
  const waiting = new Map<string, Waiting[]>()
  const resting = new Set<NodeJS.Timeout>()
  let closed = false

  const begin = (key: string, command: AskedCommand, atOnce: number): void => {
    const ready = (waiting.get(key) ?? []).filter(({ isOver }) => !isOver)
    if (ready.length >= atOnce || (!waiting.has(key) && waiting.size >= MOST_KINDS)) return
    waiting.set(key, [...ready, started(exec, command)])
    beginLater(key, command, atOnce)
  }
  const beginLater = (key: string, command: AskedCommand, atOnce: number): void => {
    if (closed) return
    const rest = setTimeout(() => {
      resting.delete(rest)
      begin(key, command, atOnce)
    }, REST_MS)
    resting.add(rest)
  }
  return {
    run: async (command, atOnce) => {
      const key = JSON.stringify([command.argv, command.cwd])
      const ready = waiting.get(key)?.shift()
      try {
        if (ready === undefined || ready.isOver) return await exec.host(command)
        ready.ask(command.stdin)
        return await ready.result
      } finally {
        beginLater(key, command, atOnce)
      }
    },
    close: async () => {
      closed = true
      for (const rest of resting) clearTimeout(rest)
      const ended = [...waiting.values()].flat()
      waiting.clear()
      for (const { ask } of ended) ask('')
      await Promise.allSettled(ended.map(({ result }) => result))
    },
  }
}

function started(exec: Pick<Exec, 'host'>, { stdin: _, ...command }: AskedCommand): Waiting {
  const { promise: laterStdin, resolve: ask } = Promise.withResolvers<string | Uint8Array>()
  const one: Waiting = { isOver: false, ask, result: exec.host({ ...command, laterStdin }) }
  const over = (): void => {
    one.isOver = true
  }
  one.result.then(over, over)
  return one
}
