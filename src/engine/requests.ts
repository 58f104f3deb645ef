import type { RunContext } from './context.ts'

/** Does what other processes ask of the owner of the store while a run goes on; the answer goes back by the store. */
export function serveRequests(context: RunContext): { stop(): Promise<void> } {
  let serving = Promise.resolve()
  const serveSoon = (): void => {
    serving = serving.then(() => serveOpen(context)).catch(context.report)
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

async function serveOpen(context: RunContext): Promise<void> {
  const { store, clock } = context
  for (const request of await store.openRequests()) {
    const answer = await store.fulfilRequest(request.id, clock.now())
    if (answer === null) {
      context.pause('person', 'stopped by a person', null)
      await store.answerRequest(request.id, { ok: true, value: null }, clock.now())
    }
  }
  context.wake.ring()
}
