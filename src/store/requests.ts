import type { Clock } from '../runtime/clock.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import type { Store, StoreAnswer, StoreRequest } from './store.ts'

export interface RequestOptions {
  readonly clock: Clock
  /** Ends the run that this process does; null when it does none. */
  readonly stop: ((now: boolean) => void) | null
  /** Called after each request that was answered, so that what is kept in memory can be read anew. */
  readonly onAnswered?: (request: StoreRequest) => void
}

/** Answers everything that was handed in so far, oldest first. */
export async function answerOpenRequests(store: Store, options: RequestOptions): Promise<void> {
  for (const request of await store.openRequests()) {
    const answer = await answerTo(store, { request, options })
    if (answer !== null) options.onAnswered?.(request)
  }
}

/** Goes on answering until told to stop; what was handed in before is answered first. Failures are told to `onFailure`. */
export function serveRequests(
  store: Store,
  options: RequestOptions & { readonly onFailure: (error: OrchestratorError) => void },
): () => Promise<void> {
  let round = Promise.resolve()
  const look = (): void => {
    round = round
      .then(() => answerOpenRequests(store, options))
      .catch((thrown: unknown) => options.onFailure(wrapped(thrown)))
  }
  const stopListening = store.onRequest(look)
  look()
  return () => {
    stopListening()
    return round
  }
}

interface Asked {
  readonly request: StoreRequest
  readonly options: RequestOptions
}

async function answerTo(store: Store, { request, options }: Asked): Promise<StoreAnswer | null> {
  const { body, id } = request
  if (body.kind !== 'stop') return store.fulfilRequest(id, options.clock.now())
  const answer: StoreAnswer = options.stop === null ? NOTHING_RUNS : { ok: true, value: true }
  await store.answerRequest(id, answer, options.clock.now())
  options.stop?.(body.now)
  return answer
}

const NOTHING_RUNS: StoreAnswer = {
  ok: false,
  code: 'nothing_to_run',
  message: 'No run is going on, so there is nothing to stop.',
  hint: null,
}

function wrapped(thrown: unknown): OrchestratorError {
  if (thrown instanceof OrchestratorError) return thrown
  return new OrchestratorError('internal', `Requests could not be answered: ${messageOf(thrown)}`, {
    cause: thrown,
  })
}
