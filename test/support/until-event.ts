import type { Engine } from '../../src/engine/open.ts'

/** Acts once, as soon as an event of that kind is in the log. */
export async function untilEvent(
  engine: Engine,
  kind: string,
  act: () => Promise<unknown> | void,
): Promise<void> {
  const { store } = engine.world
  for (let after = 0; ; ) {
    const events = await store.events({ after, limit: 100 })
    if (events.some((event) => event.kind === kind)) {
      await act()
      return
    }
    after = events.at(-1)?.seq ?? after
    await store.waitForEvent(after, new AbortController().signal)
  }
}
