import { join } from 'node:path'
import { writeWhole } from '../runtime/write-whole.ts'
import type { ExecResult } from '../runtime/exec.ts'
import type { PriceList } from '../domain/model-prices.ts'
import type { Agent, AgentResult } from './agent.ts'
import { resultOfEnd } from './ended.ts'
import { handedIn, handInEnvironment } from './hand-in.ts'
import { launchLines } from './launch-lines.ts'
import { nothingHanded, taskTools, withTools } from './task-tools.ts'
import { serveTools, toolServerEnvironment } from './serve-tools.ts'
import { type PrintedFormat, printedReader } from './printed-format.ts'
import type { PrintedReader } from './printed-reader.ts'
import { withoutSecrets } from './without-secrets.ts'

interface CommandAgentOptions {
  readonly name: string
  /** Argument array; `{prompt_file}` and `{prompt}` are replaced as whole arguments or inside one. */
  readonly argv: readonly [string, ...string[]]
  /** Whether the prompt goes to standard input as well. Default true unless the template names it. */
  readonly promptVia: 'stdin' | 'file'
  /** The format in which it prints what it does. */
  readonly output: PrintedFormat
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What models cost, until the agent says it itself. */
  readonly prices: PriceList
  /** Variables of the person's environment that the command receives as well; their values are kept out of what is told. Default none. */
  readonly passed?: Readonly<Record<string, string>>
}

/**
 * Any coding agent with a command line. It works in its current directory and ends; exit code 0 means done. A dispute
 * is a reason written to the file named by TDD_DISPUTE_FILE; claims of criteria are JSON in TDD_CLAIMS_FILE.
 */
export function commandAgent(options: CommandAgentOptions): Agent {
  const passed = options.passed ?? {}
  const agent: Agent = {
    name: options.name,
    async *run(request, signal) {
      const promptFile = join(request.exchange, 'prompt.md')
      await writeWhole(promptFile, request.prompt)
      const fill = (argument: string): string =>
        // In one pass and by a function: a prompt is text, whatever it holds.
        argument.replaceAll(/\{prompt(?:_file)?\}/g, (named) =>
          named === '{prompt}' ? request.prompt : promptFile,
        )
      const [program, ...rest] = options.argv
      const handed = nothingHanded()
      await using _tools = serveTools(request, (ended) =>
        taskTools(request, handed, AbortSignal.any([signal, ended])),
      )
      const reader = printedReader(options.output, options)
      const end = yield* launchLines(
        request,
        {
          argv: [fill(program), ...rest.map(fill)],
          env: {
            ...passed,
            ...handInEnvironment(request),
            ...(await toolServerEnvironment(request)),
            TDD_PROMPT_FILE: promptFile,
          },
          ...(options.promptVia === 'stdin' ? { stdin: request.prompt } : {}),
        },
        { signal, read: (line) => reader.read(line) },
      )
      yield {
        kind: 'result',
        result: resultOf(end, reader) ?? withTools(await handedIn(request), handed),
      }
    },
  }
  return withoutSecrets(agent, Object.values(passed))
}

/** What it said of its own end goes before what its exit code says. */
function resultOf(ended: ExecResult, reader: PrintedReader): AgentResult | null {
  const ofEnd = resultOfEnd(ended)
  return ofEnd !== null && ended.end.kind === 'exited' ? (reader.fault() ?? ofEnd) : ofEnd
}
