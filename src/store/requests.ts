import type { Clock } from '../runtime/clock.ts'
import type { Store, StoreAnswer, StoreRequest } from './store.ts'

interface RequestOptions {
  readonly clock: Clock
  /** Ends the run that this process does; null when it does none. */
  readonly stop: ((now: boolean) => void) | null
}

/** Answers everything that was handed in so far, oldest first. */
export async function answerOpenRequests(store: Store, options: RequestOptions): Promise<void> {
  for (const request of await store.openRequests()) {
    await answerTo(store, { request, options })
  }
}

interface Asked {
  readonly request: StoreRequest
  readonly options: RequestOptions
}

/** Null from the store means that a living run has to do it. */
async function answerTo(store: Store, { request, options }: Asked): Promise<void> {
  const { body, id } = request
  const { clock, stop } = options
  if ((await store.fulfilRequest(id, clock.now())) !== null || body?.kind !== 'stop') return
  await store.answerRequest(id, stop === null ? NOTHING_RUNS : { ok: true, value: true }, clock.now())
  stop?.(body.now)
}

const NOTHING_RUNS: StoreAnswer = {
  ok: false,
  code: 'nothing_to_run',
  message: 'No run is going on, so there is nothing to stop.',
  hint: 'See what there is with: orchestrator status',
}
