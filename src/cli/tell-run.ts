import type { Clock } from '../runtime/clock.ts'
import { LiveView } from './live-view.ts'
import type { Output } from './output.ts'
import { heldLines, progressLine } from './progress-lines.ts'
import type { RunSource } from './run-source.ts'

const AT_ONCE = 500

/** Tells the events of a run as they happen, one line each, with a live view below them on a terminal. Resolves once the signal aborts and all is told. */
export async function tellRun(
  source: RunSource,
  how: {
    readonly output: Output
    readonly clock: Clock
    /** Milliseconds since the epoch, when the work that is told began: what happened before counts and is not told. */
    readonly since: number
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { output, clock, since, signal } = how
  let counted = countedKeys(await source.keys())
  const landed = new Set<string | null>()
  const standing = () => ({ landed: landed.size, total: counted.total })
  await using _view = output.live ? openView({ source, output, clock, since, standing }) : null
  for (let after = 0; ; ) {
    const events = await source.events(after, AT_ONCE)
    for (const event of events) {
      after = event.seq
      if (event.kind === 'task_completed') landed.add(event.task)
      if (event.kind === 'landing_lost') landed.delete(event.task)
      if (event.kind === 'tasks_added') counted = countedKeys(await source.keys())
      if (event.at < since) continue
      const shown = { elapsedMs: event.at - since, landed: landed.size, ...counted, columns: output.columns }
      const line = progressLine(event, shown)
      if (line !== null) output.progress(line)
      // What opened before tells nothing any more, and may be all that happens for long.
      if (event.kind !== 'run_resumed' && event.kind !== 'run_started') continue
      const held = { held: await source.held(), now: clock.now() }
      for (const each of heldLines(held, shown)) output.progress(each)
    }
    if (events.length === AT_ONCE) continue
    if (signal.aborted) return
    await source.waitForEvent(after, signal)
  }
}

function countedKeys(keys: readonly string[]): { readonly total: number; readonly keyWidth: number } {
  return { total: keys.length, keyWidth: keys.reduce((most, key) => Math.max(most, key.length), 0) }
}

function openView(parts: ConstructorParameters<typeof LiveView>[0]): LiveView {
  const view = new LiveView(parts)
  view.start()
  return view
}
