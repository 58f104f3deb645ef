import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readUntrusted } from '../runtime/read-untrusted.ts'
import type { Agent, AgentRequest, AgentResult } from './agent.ts'
import { resultOfEnd } from './ended.ts'
import { launchLines } from './launch-lines.ts'
import { withoutSecrets } from './without-secrets.ts'

interface CommandAgentOptions {
  readonly name: string
  /** Argument array; `{prompt_file}` and `{prompt}` are replaced as whole arguments or inside one. */
  readonly argv: readonly [string, ...string[]]
  /** Whether the prompt goes to standard input as well. Default true unless the template names it. */
  readonly promptVia: 'stdin' | 'file'
  /** Variables of the person's environment that the command receives as well; their values are kept out of what is told. Default none. */
  readonly passed?: Readonly<Record<string, string>>
}

/** Bytes of a dispute or of claims that are read. */
const HAND_IN_LIMIT = 256 * 1024

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
      const disputeFile = join(request.exchange, 'dispute.txt')
      const claimsFile = join(request.exchange, 'claims.json')
      await writeFile(promptFile, request.prompt)
      const fill = (argument: string): string =>
        argument.replaceAll('{prompt_file}', promptFile).replaceAll('{prompt}', request.prompt)
      const [program, ...rest] = options.argv
      const end = yield* launchLines(
        request,
        {
          argv: [fill(program), ...rest.map(fill)],
          env: { ...passed, ...environment(request, { promptFile, disputeFile, claimsFile }) },
          ...(options.promptVia === 'stdin' ? { stdin: request.prompt } : {}),
        },
        { signal, read: (line) => ({ kind: 'said', text: line }) },
      )
      yield { kind: 'result', result: resultOfEnd(end) ?? (await handedIn(disputeFile, claimsFile)) }
    },
  }
  return withoutSecrets(agent, Object.values(passed))
}

function environment(
  request: AgentRequest,
  files: { promptFile: string; disputeFile: string; claimsFile: string },
): Record<string, string> {
  return {
    TDD_TASK: request.task,
    TDD_STAGE: request.stage,
    TDD_ATTEMPT: String(request.attempt),
    TDD_PROMPT_FILE: files.promptFile,
    TDD_DISPUTE_FILE: files.disputeFile,
    TDD_CLAIMS_FILE: files.claimsFile,
  }
}

async function handedIn(disputeFile: string, claimsFile: string): Promise<AgentResult> {
  const reason = ((await readUntrusted(disputeFile, HAND_IN_LIMIT)) ?? '').trim()
  if (reason !== '') return { kind: 'disputed', reason }
  return { kind: 'done', claims: parseClaims((await readUntrusted(claimsFile, HAND_IN_LIMIT)) ?? '') }
}

/** Claims are hints of an untrusted agent: what does not look like claims is no claim. */
function parseClaims(text: string): Record<string, string[]> {
  if (text.trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return {}
    return Object.fromEntries(
      Object.entries(parsed).flatMap(([criterion, names]) =>
        Array.isArray(names)
          ? [[criterion, names.filter((name): name is string => typeof name === 'string')]]
          : [],
      ),
    )
  } catch {
    // Not JSON: no claims.
    return {}
  }
}
