import type { AnswerBlock, ModelAnswer } from './model-call.ts'
import { shellFor } from './shell-use.ts'

type ToolUse = Extract<AnswerBlock, { type: 'tool_use' }>

/**
 * An answer with its tools as the client that asks has them. Answers use those of Claude Code: `Read`, `Write`, `Edit`,
 * `Bash`; ids stay as they are; pure.
 */
export function inDialect(answer: ModelAnswer, tools: readonly string[]): ModelAnswer {
  const translate = tools.includes('bash') ? asOpenCode : tools.includes('exec_command') ? asCodex : null
  if (answer.kind !== 'message' || translate === null) return answer
  return {
    ...answer,
    blocks: answer.blocks.map((block) => (block.type === 'tool_use' ? translate(block) : block)),
  }
}

function asOpenCode(block: ToolUse): ToolUse {
  const { file_path: filePath, content, old_string: oldString, new_string: newString, command } = block.input
  switch (block.name) {
    case 'Read':
      return { ...block, name: 'read', input: { filePath } }
    case 'Write':
      return { ...block, name: 'write', input: { filePath, content } }
    case 'Edit':
      return { ...block, name: 'edit', input: { filePath, oldString, newString } }
    case 'Bash':
      return { ...block, name: 'bash', input: { command, description: 'As the session has it' } }
    default:
      return block
  }
}

/** It has a shell alone. */
function asCodex(block: ToolUse): ToolUse {
  return { ...block, name: 'exec_command', input: { cmd: shellFor(block) } }
}
