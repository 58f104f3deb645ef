import { DEFAULT_LIMITS } from '../../src/domain/limits.ts'
import type { TaskDefinition } from '../../src/domain/plan.ts'
import type { Refusal, RefusalCode } from '../../src/domain/verdict.ts'
import { NO_SPEND, type Spend } from '../../src/domain/spend.ts'
import type { AddedPlan, AttemptEnd, NewRun, StartedAttempt } from '../../src/store/store.ts'

/** Small valid rows for tests of the store. */
export function newRun(id: string): NewRun {
  return {
    id,
    title: 'A plan',
    suites: [],
    limits: DEFAULT_LIMITS,
    agent: 'scripted',
    requirements: [{ id: 'FR-1' }],
    planTexts: ['{"version":1}'],
  }
}

/** A further plan with these tasks. */
export function addedPlan(...tasks: readonly TaskDefinition[]): AddedPlan {
  return { tasks, suites: [], planText: JSON.stringify(tasks.map(({ key }) => key)) }
}

export function taskDefinition(key: string, changes: Partial<TaskDefinition> = {}): TaskDefinition {
  return {
    key,
    title: `Task ${key}`,
    goal: 'It works.',
    kind: 'implement',
    suite: 'main',
    criteria: [],
    tests: [`test/${key}.test.js`],
    sources: [`src/${key}.js`],
    allow: [],
    dependsOn: [],
    complexity: 'low',
    testKind: 'unit',
    exports: [],
    hints: null,
    verify: [],
    done: [],
    priority: 0,
    estimateMs: null,
    locks: [],
    ...changes,
  }
}

export function refusal(code: RefusalCode): Refusal {
  return { code, fact: `the fact of ${code}`, hint: 'do it right', details: ['one', 'two'] }
}

export function spendOf(invocations: number, inputTokens: number): Spend {
  return {
    invocations,
    inputTokens,
    outputTokens: inputTokens * 2,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd: inputTokens / 4,
  }
}

export function ended(outcome: AttemptEnd['outcome']): AttemptEnd {
  return {
    outcome,
    spend: NO_SPEND,
    agentMs: 0,
    verifyMs: 0,
    waitMs: 0,
    engineMs: 0,
    evidence: null,
  }
}

/** The id of an attempt that was allowed to start. */
export function startedId(started: StartedAttempt): number {
  if (started.kind !== 'started') throw new Error(`no attempt was started: ${started.kind}`)
  return started.attempt
}
