import { shellWord } from '../../domain/shell-word.ts'
import type { AnswerBlock } from './model-call.ts'

const WRITE = `const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const [file, before, after] = JSON.parse(process.argv[1])
mkdirSync(require('node:path').dirname(file), { recursive: true })
writeFileSync(file, before === null ? after : readFileSync(file, 'utf8').replace(before, () => after))`

/** What a shell does instead of a tool of Claude Code. */
export function shellFor({
  name,
  input,
}: Pick<Extract<AnswerBlock, { type: 'tool_use' }>, 'name' | 'input'>): string {
  const { command, file_path, content, old_string = null, new_string = content } = input
  if (name === 'Bash') return String(command)
  // One that is not there yet is no fault.
  if (name === 'Read') return `cat ${shellWord(String(file_path))} || true`
  return ['node', '-e', WRITE, JSON.stringify([file_path, old_string, new_string])].map(shellWord).join(' ')
}
