import type { RunContext } from './context.ts'

const DAY_MS = 86_400_000
/** In one transaction: whoever wants the store meanwhile waits for no more than these. */
const ROWS_AT_ONCE = 1_000

type Parts = Pick<RunContext, 'store' | 'clock' | 'report'> & {
  readonly transcripts: Pick<RunContext['transcripts'], 'prune'>
  readonly settings: Pick<RunContext['settings'], 'auditMs'>
}

/** Again after each day that a run is worked. What fails is tried the next day: nothing of the run needs it. */
export async function pruneDaily(parts: Parts, ending: AbortSignal): Promise<void> {
  for (;;) {
    await parts.clock.sleep(DAY_MS, ending)
    if (ending.aborted) return
    await pruneOld(parts).catch(parts.report)
    await parts.transcripts.prune(parts.store).catch(parts.report)
  }
}

/** Lets go of what is older than people want it kept. */
export async function pruneOld({
  store,
  clock,
  settings,
}: Omit<Parts, 'report' | 'transcripts'>): Promise<void> {
  const before = clock.now() - settings.auditMs
  // Nothing new is that old: each turn leaves fewer.
  while ((await store.prune(before, ROWS_AT_ONCE)) === ROWS_AT_ONCE);
}
