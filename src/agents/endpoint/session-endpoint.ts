import type { SessionFile } from '../../protocol/session-file.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { ModelAnswer, ModelCall } from './model-call.ts'
import { type ModelEndpoint, openModelEndpoint } from './model-endpoint.ts'
import { playedTurn } from './played-turn.ts'

interface SessionEndpointOptions {
  readonly session: SessionFile
  readonly withoutSleep: boolean
  readonly clock: Clock
}

/** An endpoint whose model has real clients do what a session recorded for each attempt. */
export function openSessionEndpoint(options: SessionEndpointOptions): Promise<ModelEndpoint> {
  return openModelEndpoint({ clock: options.clock, answer: (call) => sessionAnswer(call, options) })
}

/** What the model says that plays a session. */
export function sessionAnswer(
  call: ModelCall,
  { session, withoutSleep }: Pick<SessionEndpointOptions, 'session' | 'withoutSleep'>,
): ModelAnswer {
  if (call.caller === null) return invalid('the request does not say which attempt it is of')
  const { task, stage, playIndex } = call.caller
  const stages: Readonly<Record<string, readonly SessionAttempt[] | undefined>> = session.tasks[task] ?? {}
  const actions = stages[stage]?.[playIndex]
  if (actions === undefined)
    return invalid(`the session has no attempt ${playIndex + 1} of ${stage} for ${task}`)
  return playedTurn(actions, call, { withoutSleep })
}

type SessionAttempt = NonNullable<SessionFile['tasks'][string]['red']>[number]

function invalid(message: string): ModelAnswer {
  return { kind: 'error', status: 400, type: 'invalid_request_error', message, headers: {} }
}
