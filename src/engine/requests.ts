import type { StoreRequestBody } from '../store/store.ts'
import type { RunContext } from './context.ts'

type Served = Pick<RunContext, 'store' | 'clock' | 'wake' | 'stop' | 'report'>
type OnChange = (body: StoreRequestBody) => Promise<void>

/**
 * Does what other processes ask of the owner of the store while a run goes on; the answer goes back by the store.
 * `onChange` is told after each that was done, so that work on a task that was taken away ends at once.
 */
export function serveRequests(context: Served, onChange: OnChange): { stop(): Promise<void> } {
  let serving = Promise.resolve()
  const serveSoon = (): void => {
    serving = serving.then(() => serveOpen(context, onChange)).catch(context.report)
  }
  const unsubscribe = context.store.onRequest(serveSoon)
  serveSoon()
  return {
    stop: async () => {
      unsubscribe()
      await serving
    },
  }
}

async function serveOpen(context: Served, onChange: OnChange): Promise<void> {
  const { store, clock } = context
  for (const { id, body } of await store.openRequests()) {
    const answer = await store.fulfilRequest(id, clock.now())
    if (answer?.ok === true && body !== null) await onChange(body)
    if (answer !== null || body?.kind !== 'stop') continue
    await store.answerRequest(id, { ok: true, value: true }, clock.now())
    context.stop(body.now)
  }
  context.wake.ring()
}
