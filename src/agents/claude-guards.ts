import { isAbsolute, relative, resolve, sep } from 'node:path'
import { z } from 'zod'
import type { AgentRequest } from './agent.ts'

const toolCall = z.looseObject({
  tool_input: z.looseObject({ file_path: z.string().optional(), notebook_path: z.string().optional() }),
})

/** What a denial begins with. */
export const DENIED = 'The rules of this stage deny it.'

/** Tools that write one file, as a hook of the client names them. */
const WRITING = 'Write|Edit|MultiEdit|NotebookEdit'

/**
 * Hooks of the client that deny what the attempt would be refused for, and say why, so that the agent does right at once.
 * Its shell may write what it likes: the tree is judged, not this.
 */
export function claudeGuards(request: Pick<AgentRequest, 'directory' | 'mayChange'>) {
  return {
    PreToolUse: [{ matcher: WRITING, hooks: [(input: unknown) => Promise.resolve(answer(request, input))] }],
  }
}

function answer(request: Pick<AgentRequest, 'directory' | 'mayChange'>, input: unknown): object {
  const call = toolCall.safeParse(input)
  const named = call.data?.tool_input.file_path ?? call.data?.tool_input.notebook_path
  const reason = named === undefined ? null : reasonAgainst(request, named)
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
  { directory, mayChange }: Pick<AgentRequest, 'directory' | 'mayChange'>,
  named: string,
): string | null {
  const path = relative(directory, resolve(directory, named))
  // Outside its tree it is the sandbox that decides.
  if (path === '' || isAbsolute(path) || path.split(sep)[0] === '..') return null
  return mayChange(path.replaceAll(sep, '/'))
}
