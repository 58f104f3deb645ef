import { shellWord } from '../../domain/shell-word.ts'
import type { SessionAction } from '../../protocol/session-file.ts'
import { isDenied } from './messages-api.ts'
import {
  addedTokens,
  type AnswerBlock,
  type ModelAnswer,
  type ModelCall,
  NO_TOKENS,
  type TokenCounts,
  type ToolResult,
} from './model-call.ts'
import { shellFor } from './shell-use.ts'

/**
 * What the model says next, so that a coding client does with its own tools what a recorded attempt did; pure. Files
 * are read before they are written, as clients demand, and each action is an answer of its own.
 */
export function playedTurn(
  actions: readonly SessionAction[],
  call: Pick<ModelCall, 'turn' | 'results' | 'denials'>,
  play: Play,
): ModelAnswer {
  const denied = call.results.filter(isDenied)
  const broken = call.results.find(
    (result) => result.failed && !isDenied(result) && CHANGES.some((name) => result.id.includes(`_${name}_`)),
  )
  // A session that does not fit its files is loud: the client ends at once.
  if (broken !== undefined) return requestError(`the session does not fit: ${broken.text.slice(0, 500)}`)
  const turns = turnsOf(actions, play)
  // Each denial was followed by an answer that the session does not have.
  const next = call.turn - call.denials + (denied.length > 0 ? 1 : 0)
  if (denied.length > 0) return numbered(byShell(turns[next - 1] ?? END, denied), call.turn)
  return numbered(turns[Math.min(next, turns.length - 1)] ?? END, call.turn)
}

/** Who is denied its tools and wants to cheat takes the shell: a session's agent does what it did. */
function byShell(answer: ModelAnswer, denied: readonly ToolResult[]): ModelAnswer {
  const blocks = answer.kind === 'message' ? answer.blocks : []
  const written = denied.flatMap(({ id }) => blocks[Number(id.split('_').at(-1))] ?? [])
  return {
    kind: 'message',
    blocks: written.flatMap((block) => (block.type === 'tool_use' ? [bash(shellFor(block))] : [])),
    usage: NO_TOKENS,
  }
}

interface Play {
  readonly withoutSleep: boolean
}

const CHANGES = ['Write', 'Edit']

function requestError(message: string): ModelAnswer {
  return { kind: 'error', status: 400, type: 'invalid_request_error', message, headers: {} }
}

const END: ModelAnswer = { kind: 'message', blocks: [{ type: 'text', text: 'Done.' }], usage: NO_TOKENS }

/** Each use of a tool has an id of its own, which says the tool. */
function numbered(answer: ModelAnswer, turn: number): ModelAnswer {
  if (answer.kind !== 'message') return answer
  const blocks = answer.blocks.map((block, index) =>
    block.type === 'tool_use' ? { ...block, id: `toolu_${block.name}_${turn}_${index}` } : block,
  )
  return { ...answer, blocks }
}

/** The last one is said from then on. */
function turnsOf(actions: readonly SessionAction[], play: Play): ModelAnswer[] {
  const turns: ModelAnswer[] = []
  let said: AnswerBlock[] = []
  let usage = NO_TOKENS
  const answer = (blocks: readonly AnswerBlock[]): void => {
    turns.push({ kind: 'message', blocks: [...said, ...blocks], usage })
    said = []
    usage = NO_TOKENS
  }
  const reads = readsOf(actions)
  if (reads.length > 0) answer(reads)
  for (const action of actions) {
    if ('say' in action) said.push({ type: 'text', text: action.say })
    else if ('usage' in action) usage = addedTokens(usage, action.usage)
    else if ('sleepMs' in action) said.push({ type: 'wait', ms: play.withoutSleep ? 0 : action.sleepMs })
    else if ('fail' in action) return [...turns, failure(action, usage)]
    else if ('hang' in action) return [...turns, hung(usage)]
    else answer(toolsOf(action))
    if ('dispute' in action) break
  }
  answer([{ type: 'text', text: 'Done.' }])
  return turns
}

function readsOf(actions: readonly SessionAction[]): AnswerBlock[] {
  const paths = actions.flatMap((action) =>
    'write' in action ? Object.keys(action.write) : 'edit' in action ? Object.keys(action.edit) : [],
  )
  return [...new Set(paths)].map((path) => toolUse('Read', { file_path: path }))
}

type ToolAction = Exclude<
  SessionAction,
  { say: string } | { usage: unknown } | { sleepMs: number } | { fail: string } | { hang: true }
>

function toolsOf(action: ToolAction): AnswerBlock[] {
  if ('write' in action) {
    return Object.entries(action.write).map(([path, content]) =>
      toolUse('Write', { file_path: path, content }),
    )
  }
  if ('edit' in action) {
    return Object.entries(action.edit).flatMap(([path, edits]) =>
      edits.map(([before, after]) =>
        toolUse('Edit', { file_path: path, old_string: before, new_string: after }),
      ),
    )
  }
  if ('delete' in action) return [bash(`rm -r -- ${action.delete.map(shellWord).join(' ')}`)]
  if ('run' in action) return [bash(action.run.map(shellWord).join(' '))]
  return [bash(`printf %s ${shellWord(action.dispute)} > "$TDD_DISPUTE_FILE"`)]
}

function bash(command: string): AnswerBlock {
  return toolUse('Bash', { command })
}

function toolUse(name: string, input: Readonly<Record<string, unknown>>): AnswerBlock {
  return { type: 'tool_use', id: '', name, input }
}

/** A client that is silent while its provider is not: the parent of its shell is stopped. */
function hung(usage: TokenCounts): ModelAnswer {
  return { kind: 'message', blocks: [bash('kill -STOP $PPID')], usage }
}

function failure(
  { fail, resetMs }: Extract<SessionAction, { fail: string }>,
  usage: TokenCounts,
): ModelAnswer {
  const headers: Record<string, string> =
    resetMs === undefined ? {} : { 'retry-after': String(Math.ceil(resetMs / 1_000)) }
  const error = (status: number, type: string, message: string): ModelAnswer => ({
    kind: 'error',
    status,
    type,
    message,
    headers,
  })
  const tool = (command: string): ModelAnswer => ({
    kind: 'message',
    blocks: [bash(command)],
    usage,
  })
  switch (fail) {
    case 'rate_limit':
      return error(429, 'rate_limit_error', 'This request would exceed a rate limit.')
    case 'overloaded':
      return error(529, 'overloaded_error', 'Overloaded')
    case 'auth':
      return error(401, 'authentication_error', 'invalid x-api-key')
    case 'crash':
      return tool('kill -9 $PPID')
    case 'max_turns':
      return tool('true')
  }
}
