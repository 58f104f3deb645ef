import { NO_ROOM } from '../runtime/disk-guard.ts'
import type { ExecResult } from '../runtime/exec.ts'
import { lackingMeans } from '../runtime/no-means.ts'
import type { AgentResult } from './agent.ts'

/** What the end of an agent's process means when the agent itself reported nothing else; null for a clean exit. */
export function resultOfEnd(ended: ExecResult): AgentResult | null {
  const { end } = ended
  switch (end.kind) {
    case 'exited':
      if (end.code === 0) return null
      return { kind: 'gave_up', cause: 'crash', detail: `exit code ${end.code}${lastLine(ended.stderr)}` }
    case 'signaled':
      return { kind: 'gave_up', cause: 'crash', detail: `ended by ${end.signal}${lastLine(ended.stderr)}` }
    case 'timeout':
      return { kind: 'gave_up', cause: 'timeout', detail: `not done after ${end.limitMs} ms` }
    case 'stalled':
      return { kind: 'gave_up', cause: 'stalled', detail: `silent for ${end.limitMs} ms` }
    case 'limit':
      if (end.which === 'room' || end.which === 'full')
        return { kind: 'infrastructure', code: 'failed', detail: NO_ROOM[end.which] }
      return {
        kind: 'gave_up',
        cause: 'crash',
        detail: `went over the ${end.which} limit${setBy(end.which)}`,
      }
    case 'aborted':
      return { kind: 'aborted' }
    case 'not_started':
      if (end.code === 'HIDDEN') return { kind: 'infrastructure', code: 'hidden', detail: end.message }
      return notStarted(`${end.code}: ${end.message}`, end.code)
  }
}

/** Of the prompt where its arguments hold it. */
const NO_ARGUMENT = ['E2BIG', 'EINVAL']

function notStarted(detail: string, code: string): AgentResult {
  if (NO_ARGUMENT.includes(code)) {
    const advice = 'Where its arguments hold the prompt, let them name {prompt_file}.'
    return { kind: 'infrastructure', code: 'failed', detail: `${detail}. ${advice}` }
  }
  return { kind: 'infrastructure', code: lackingMeans(code) === null ? 'not_installed' : 'failed', detail }
}

/** What the limit is set by; that of output is our own. */
function setBy(which: 'output' | keyof typeof OPTION_OF): string {
  return which === 'output' ? '' : ` (${OPTION_OF[which]})`
}

const OPTION_OF = {
  memory: 'limits.memoryBytes',
  processes: 'limits.processes',
  disk: 'limits.diskBytes',
} as const

/** Nobody reads a longer one, and looking through it would hold us. */
const LONGEST_LINE = 1024 * 1024

/** What Node says last when an error ends it. */
const NODE_SIGNS = /^Node\.js v[\d.]+$/

/** Whole, or not at all: it may hold a secret, and half of one would not be known as that. It is cut when it is clean. */
function lastLine(stderr: Buffer): string {
  const text = stderr.toString('utf8').trimEnd()
  const last = text.slice(text.lastIndexOf('\n') + 1)
  const line = NODE_SIGNS.test(last) ? lineOfError(text.slice(0, -last.length).trimEnd()) : last
  if (line === '') return ''
  return `: ${line.length > LONGEST_LINE ? '…' : line}`
}

/** Lines of a stack, and of what an error carries. */
const MOST_LINES = 1_000

/** The last line that does not belong to the stack of an error or to what it carries; where none is, the last of all. */
function lineOfError(text: string): string {
  let end = text.length
  for (let line = 0; end > 0 && line < MOST_LINES; line += 1) {
    const start = text.lastIndexOf('\n', end - 1)
    const first = text[start + 1] ?? ''
    if (start + 1 < end && first !== ' ' && first !== '}') return text.slice(start + 1, end)
    end = start
  }
  return text.slice(text.lastIndexOf('\n') + 1)
}
