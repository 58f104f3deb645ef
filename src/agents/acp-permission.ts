import type { AgentRequest } from './agent.ts'
import type { AcpPermission, AcpTool } from './acp-messages.ts'
import { denialOf } from './path-denial.ts'

/** How a question for permission is answered, where there is no person who could. */
interface PermissionAnswer {
  /** Null where the agent offers nothing that fits: it is told that nobody chose. */
  readonly optionId: string | null
  /** What the answer cannot say, and the agent is told afterwards; null where it may. */
  readonly denial: string | null
}

/** Everything is allowed, once, but a change for which the attempt would be refused. The sandbox holds the rest; pure. */
export function answerPermission(
  { toolCall, options }: AcpPermission,
  request: Pick<AgentRequest, 'directory' | 'mayChange'>,
): PermissionAnswer {
  const denial = changedBy(toolCall)
    .map((path) => denialOf(request, path))
    .find((reason) => reason !== null)
  const kinds = denial === undefined ? ALLOW : REJECT
  const option = kinds.flatMap((kind) => options.filter((each) => each.kind === kind)).at(0)
  return { optionId: option?.optionId ?? null, denial: denial ?? null }
}

/** `always` would spare questions about other files, too. */
const ALLOW = ['allow_once', 'allow_always']
const REJECT = ['reject_once', 'reject_always']

const CHANGING: readonly unknown[] = ['edit', 'delete', 'move']

function changedBy({ kind, locations, content }: AcpTool): string[] {
  const diffs = (content ?? []).flatMap(({ type, path }) =>
    type === 'diff' && path !== undefined ? [path] : [],
  )
  return [...diffs, ...(CHANGING.includes(kind) ? (locations ?? []).map(({ path }) => path) : [])]
}
