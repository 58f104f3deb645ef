import { resolve } from 'node:path'
import { z } from 'zod'
import { type GuardedPlace, reasonAgainstCommand, secretReason } from '../domain/command-guard.ts'
import { isSecretFile } from '../domain/secret-files.ts'
import type { AgentRequest } from './agent.ts'
import { DENIED, pathInTree, reasonAgainstChange } from './path-denial.ts'

const toolCall = z.looseObject({
  tool_name: z.string(),
  tool_input: z.looseObject({
    file_path: z.string().optional(),
    notebook_path: z.string().optional(),
    path: z.string().optional(),
    command: z.string().optional(),
  }),
})

/** Tools that write one file. */
const WRITING = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit']
/** Shorter values stand in every second text. */
const SHORTEST_SECRET = 8

type Guarded = Pick<AgentRequest, 'directory' | 'exchange' | 'mayChange' | 'isTracked'>

/**
 * Hooks of the client that deny what the attempt would be refused for, what agents are known to do by mistake, and what would
 * spread a secret; they say why, so that the agent does right at once. Nothing relies on them: the sandbox holds it, and its
 * tree is judged.
 */
export function claudeGuards(request: Guarded, secrets: readonly string[]) {
  const known = secrets.filter(({ length }) => length >= SHORTEST_SECRET)
  const hook = (input: unknown): Promise<object> => Promise.resolve(answer(request, known, input))
  return { PreToolUse: [{ hooks: [hook] }] }
}

function answer(request: Guarded, secrets: readonly string[], input: unknown): object {
  const call = toolCall.safeParse(input)
  if (!call.success) return {}
  const { tool_name: tool, tool_input: given } = call.data
  const reason = holdsSecret(given, secrets)
    ? 'It holds the value of a secret that you were given, which must not be written, sent or printed.'
    : reasonAgainst(request, tool, given)
  if (reason === null) return {}
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: `${DENIED} ${reason}`,
    },
  }
}

function reasonAgainst(
  request: Guarded,
  tool: string,
  given: z.infer<typeof toolCall>['tool_input'],
): string | null {
  if (tool === 'Bash') return reasonAgainstCommand(given.command ?? '', placeOf(request))
  const named = given.file_path ?? given.notebook_path ?? given.path
  if (named === undefined) return null
  if (WRITING.includes(tool)) return reasonAgainstChange(request, named)
  const path = pathInTree(request.directory, named)
  return isSecretFile(named) && !(path !== null && request.isTracked(path)) ? secretReason(named) : null
}

function placeOf(request: Guarded): GuardedPlace {
  const own = [request.directory, request.exchange, '/tmp']
  return {
    isOutside: (path) => {
      if (path === '~' || path.startsWith('~/') || /^\$\{?HOME\b/.test(path)) return true
      if (path.includes('$')) return false
      const at = resolve(request.directory, path)
      return !own.some((directory) => at.startsWith(`${directory}/`) || at === request.directory)
    },
    isTracked: (path) => {
      const at = pathInTree(request.directory, path)
      return at !== null && request.isTracked(at)
    },
  }
}

/** In any text of an input, however deep. */
function holdsSecret(input: unknown, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false
  const text = JSON.stringify(input)
  return secrets.some((secret) => text.includes(JSON.stringify(secret).slice(1, -1)))
}
