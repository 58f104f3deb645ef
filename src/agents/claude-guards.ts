import { z } from 'zod'
import type { AgentRequest } from './agent.ts'
import { denialOf } from './path-denial.ts'

const toolCall = z.looseObject({
  tool_input: z.looseObject({ file_path: z.string().optional(), notebook_path: z.string().optional() }),
})

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
  const denial = named === undefined ? null : denialOf(request, named)
  if (denial === null) return {}
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: denial,
    },
  }
}
