import type { SessionAction } from '../../src/protocol/session-file.ts'
import type { AgentAction } from '../conformance/agent.ts'

const HOUR_MS = 3_600_000

/** What a played model has to say so that a real client does what the suite of drivers asks for. */
export function sessionActions(action: AgentAction): SessionAction[] {
  if ('say' in action) return Array.from({ length: action.times ?? 1 }, () => ({ say: action.say }))
  if ('sayLong' in action) return [{ say: 'x'.repeat(action.sayLong) }]
  if ('crash' in action) return [{ fail: 'crash' }]
  if ('busy' in action) return [{ sleepMs: HOUR_MS }]
  if ('background' in action)
    return [{ run: ['sh', '-c', 'setsid "$@" >/dev/null 2>&1 &', 'sh', ...action.background] }]
  if ('usage' in action) return [{ usage: action.usage }, { run: ['true'] }]
  return [action]
}
