import { circuitHealth, NOTHING_AMISS } from '../domain/circuit-health.ts'
import { OrchestratorError } from '../errors.ts'
import type { HealthReport } from '../protocol/output/health-report.ts'
import { readCircuits, runFacts } from './circuits.ts'
import { openReadonly, type StoreReader } from './open-readonly.ts'
import { isLive, shownState } from './open-watch.ts'

/** The health of the current run of the store at a path. A store that cannot be read is told, not thrown. */
export function readHealth(path: string, now: number): HealthReport {
  try {
    using reader = openReadonly(path)
    return reader === null ? unread(null, now) : reader.snapshot(() => healthOf(reader, now))
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError)) throw thrown
    return unread(thrown.message, now)
  }
}

/** Whether somebody has to look now: what `health` ends with 1 for, and `/health` with 503. */
export function isGrave({ status, store }: HealthReport): boolean {
  return status === 'UNHEALTHY' || !store.readable
}

function healthOf(reader: StoreReader, now: number): HealthReport {
  const run = reader.currentRun()
  const live = isLive(reader)
  const facts = run === null ? NOTHING_AMISS : runFacts(reader, run, now)
  const { status, reasons, ...circuits } = circuitHealth(readCircuits(reader), { now, ...facts })
  return {
    status,
    reasons,
    circuits,
    store: { readable: true, problem: null },
    run:
      run === null
        ? null
        : {
            id: run.id,
            state: shownState(run.state, live),
            live: live && run.state === 'running',
            silence: facts.silence,
          },
    staleClaims: facts.staleClaims,
    lost: facts.lost,
    lastEvent: reader.figures(run?.id ?? null, now).newest,
  }
}

function unread(problem: string | null, now: number): HealthReport {
  const { status, reasons, ...circuits } = circuitHealth(null, { now, ...NOTHING_AMISS })
  return {
    status,
    reasons: problem === null ? reasons : [problem],
    circuits,
    store: { readable: problem === null, problem },
    run: null,
    staleClaims: 0,
    lost: [],
    lastEvent: null,
  }
}
