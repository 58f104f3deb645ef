import type { ExecResult } from '../runtime/exec.ts'
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
      return { kind: 'gave_up', cause: 'crash', detail: `went over the ${end.which} limit` }
    case 'aborted':
      return { kind: 'aborted' }
    case 'not_started':
      if (end.code === 'HIDDEN') return { kind: 'infrastructure', code: 'hidden', detail: end.message }
      return { kind: 'infrastructure', code: 'not_installed', detail: `${end.code}: ${end.message}` }
  }
}

const LONGEST_LINE = 300

/** A word is not cut: it may be a secret, and half of one would not be known as that. */
function lastLine(stderr: Buffer): string {
  const line = stderr.toString('utf8').trimEnd().split('\n').at(-1) ?? ''
  if (line === '') return ''
  return `: ${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE).replace(/\S+$/, '')}…` : line}`
}
