import type { AgentRequest } from './agent.ts'

/** Sent along with each request to a gateway, so that it can tell what it serves to which attempt. */
export const CALLER_HEADERS = {
  task: 'x-tdd-task',
  stage: 'x-tdd-stage',
  attempt: 'x-tdd-attempt',
  playIndex: 'x-tdd-play-index',
} as const

export function callerHeaders(request: AgentRequest): Record<string, string> {
  return {
    [CALLER_HEADERS.task]: request.task,
    [CALLER_HEADERS.stage]: request.stage,
    [CALLER_HEADERS.attempt]: String(request.attempt),
    [CALLER_HEADERS.playIndex]: String(request.playIndex),
  }
}
