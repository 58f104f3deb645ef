import type { Exec, ExecResult, HostCommand } from './exec.ts'

interface Asked {
  /** Everything that the command has to know, for its input. */
  readonly question: string | Uint8Array
  /** How many are to wait for the next questions. */
  readonly atOnce: number
}

/** Runs tools of ours that take longer to start than to answer: each is started before it is asked. */
export interface Ahead {
  /** As `exec.host`. Afterwards others with the same command line are started, and wait to be asked. */
  run(command: HostCommand, asked: Asked): Promise<ExecResult>
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

  /** One after the other; those that end unasked are not started again for it. */
  const beginLater = (
    key: string,
    command: HostCommand,
    wanted: { readonly atOnce: number; readonly left: number },
  ): void => {
    const { atOnce, left } = wanted
    if (closed || left === 0) return
    const rest = setTimeout(() => {
      resting.delete(rest)
      const ready = (waiting.get(key) ?? []).filter(({ isOver }) => !isOver)
      if (ready.length >= atOnce || (!waiting.has(key) && waiting.size >= MOST_KINDS)) return
      waiting.set(key, [...ready, started(exec, command)])
      beginLater(key, command, { atOnce, left: left - 1 })
    }, REST_MS)
    resting.add(rest)
  }
  return {
    run: async (command, { question, atOnce }) => {
      const key = JSON.stringify([command.argv, command.cwd])
      const ready = waiting.get(key)?.shift()
      try {
        if (ready === undefined || ready.isOver) return await exec.host({ ...command, stdin: question })
        ready.ask(question)
        return await ready.result
      } finally {
        beginLater(key, command, { atOnce, left: atOnce })
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

function started(exec: Pick<Exec, 'host'>, command: HostCommand): Waiting {
  const { promise: laterStdin, resolve: ask } = Promise.withResolvers<string | Uint8Array>()
  const one: Waiting = { isOver: false, ask, result: exec.host({ ...command, laterStdin }) }
  const over = (): void => {
    one.isOver = true
  }
  one.result.then(over, over)
  return one
}
