import { NO_SPEND } from '../../src/domain/spend.ts'
import type { Stage } from '../../src/domain/stage.ts'
import type { AttemptRecord } from '../../src/observe/open-readonly.ts'
import type { ReportFacts, ReportTask } from '../../src/observe/report/report-facts.ts'
import { newRun, taskDefinition } from './store-data.ts'

/** The moment at which the runs of these samples begin. */
export const BEGAN = Date.UTC(2026, 0, 2, 10, 20, 30)

export function reportAttempt(stage: Stage, over: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    id: 1,
    task: 'A',
    stage,
    number: 1,
    generation: 1,
    outcome: { kind: 'running' },
    agent: 'scripted',
    model: null,
    worker: 'worker_1',
    startedAt: BEGAN,
    endedAt: BEGAN + 1_000,
    agentMs: 600,
    verifyMs: 300,
    waitMs: 50,
    engineMs: 50,
    spend: NO_SPEND,
    estimated: false,
    resources: null,
    ...over,
  }
}

export function reportTask(key: string, over: Partial<ReportTask> = {}): ReportTask {
  return {
    task: {
      definition: taskDefinition(key),
      state: { state: 'pending' },
      generation: 1,
      acceptedSince: 1,
      note: null,
      claimedBy: null,
      person: null,
      waitsForApproval: false,
      stateSince: BEGAN,
    },
    attempts: [],
    returns: [],
    landed: null,
    proven: [],
    ...over,
  }
}

export function reportFacts(over: Partial<ReportFacts> = {}): ReportFacts {
  return {
    madeAt: BEGAN + 60_000,
    run: {
      ...newRun('run-1'),
      state: 'completed',
      reason: null,
      target: 'tdd/plan',
      startedWith: null,
      base: 'b'.repeat(40),
      workers: 2,
      createdAt: BEGAN - 1_000,
      startedAt: BEGAN,
      endedAt: BEGAN + 50_000,
    },
    pause: null,
    tasks: [],
    spend: {
      ...NO_SPEND,
      attempts: 0,
      agentMs: 0,
      verifyMs: 0,
      waitMs: 0,
      engineMs: 0,
      estimated: NO_SPEND,
    },
    circuits: [],
    circuitHistory: [],
    events: [],
    resources: [],
    ...over,
  }
}
