import { circuitsOfRun } from '../circuits.ts'
import { isLive } from '../open-watch.ts'
import type { Run, StoreReader } from '../open-readonly.ts'
import { provenTests } from './proven-tests.ts'
import type { AttemptResources, ReportFacts, ReportTask } from './report-facts.ts'

/** More changes of circuits than anybody reads. */
const CIRCUIT_EVENTS = 500

/** What the store says about a run, all of one moment. */
export function readReport(reader: StoreReader, run: Run, madeAt: number): ReportFacts {
  return reader.snapshot(() => {
    const landed = new Map(reader.landed(run.id).map((receipt) => [receipt.task, receipt]))
    // A run whose process was killed still says that it is running; nobody works on it.
    const left = run.state === 'running' && !isLive(reader)
    const tasks = reader.tasks(run.id).map((task): ReportTask => {
      const { key } = task.definition
      const attempts = reader.attempts(run.id, key)
      const accepted = attempts.findLast(({ outcome }) => outcome.kind === 'accepted')?.outcome
      return {
        task,
        attempts,
        returns: reader.history(run.id, key).returns,
        landed: landed.get(key) ?? null,
        proven: accepted?.kind === 'accepted' ? provenTests(reader.evidence(accepted.work.evidence)) : [],
      }
    })
    return {
      madeAt,
      run: left ? { ...run, state: 'interrupted' } : run,
      pause: reader.pause(run.id),
      tasks,
      spend: reader.spend(run.id),
      circuits: circuitsOfRun(reader, run.id),
      circuitHistory: reader.circuitHistory({ run: run.id, circuit: null, limit: CIRCUIT_EVENTS }),
      events: reader.eventCounts(run.id),
      resources: tasks.flatMap(usedByAttempts),
    }
  })
}

function usedByAttempts({ attempts }: ReportTask): AttemptResources[] {
  return attempts.flatMap(({ id, resources }) => {
    if (resources === null) return []
    const { cpuMs, peakBytes, peakProcesses, points } = resources
    return [{ attempt: id, cpuMs, peakBytes, processes: peakProcesses, points }]
  })
}
