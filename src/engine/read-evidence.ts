import { z } from 'zod'
import type { TaskDefinition } from '../domain/plan.ts'
import { TASK_KINDS } from '../domain/plan.ts'
import type { TouchedTest } from '../domain/proof.ts'
import { RUNNERS, type Suite } from '../domain/suite.ts'

const commandShape = z.array(z.string()).readonly()
const nameShape = z.string().max(100_000)

const standingShape = z.union([
  z.object({
    kind: z.literal('fails'),
    reason: z.enum(['assertion', 'missing_name', 'stub', 'source_exception']),
    perFile: z.boolean(),
  }),
  z.object({ kind: z.literal('characterisation') }),
])

/** The part of a note that says what to measure again; what it claims to have found is not believed. */
const noteShape = z.object({
  version: z.literal(1),
  task: z.object({
    key: nameShape,
    title: nameShape,
    kind: z.enum(TASK_KINDS),
    criteria: z.array(z.object({ id: nameShape, text: nameShape })),
    tests: z.array(nameShape),
    sources: z.array(nameShape),
    allow: z.array(nameShape),
    exports: z.array(nameShape),
    verify: z.array(z.union([z.object({ check: nameShape }), z.object({ command: commandShape })])),
    locks: z.array(nameShape),
  }),
  suite: z.object({
    name: nameShape,
    runner: z.enum(RUNNERS),
    cwd: nameShape,
    tests: z.array(nameShape),
    sources: z.array(nameShape),
    fixtures: z.array(nameShape),
    setup: z.array(commandShape),
    build: z.array(commandShape),
    checks: z.record(z.string(), commandShape),
    env: z.record(z.string(), z.string()),
    command: commandShape.nullable(),
    args: z.array(z.string()),
    report: z.string().nullable(),
    limits: z.object({ testMs: z.number(), runMs: z.number(), outputBytes: z.number() }),
  }),
  tests: z.array(
    z.object({
      file: nameShape,
      name: nameShape,
      bodyHash: z.string(),
      criteria: z.array(z.string()),
      standing: standingShape,
    }),
  ),
})

/** What a landing's note says is to be measured. */
export interface NotedEvidence {
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly tests: readonly TouchedTest[]
}

/** Reads a note as hostile input; null when it does not say what to measure. */
export function readEvidence(text: string): NotedEvidence | null {
  const parsed = noteShape.safeParse(jsonOrNull(text))
  if (!parsed.success) return null
  const { task, suite, tests } = parsed.data
  return {
    suite,
    task: {
      ...task,
      goal: '',
      suite: suite.name,
      criteria: task.criteria.map((criterion) => ({ ...criterion, requirements: [] })),
      dependsOn: [],
      complexity: 'medium',
      testKind: 'unit',
      hints: null,
      done: [],
      priority: 0,
      estimateMs: null,
    },
    tests: tests.map((test) => ({
      ...test,
      standing: test.standing.kind === 'fails' ? { ...test.standing, message: '' } : test.standing,
    })),
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is as good as no note.
    return null
  }
}
