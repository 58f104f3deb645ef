import { z } from 'zod'
import type { TreeId } from '../domain/evidence.ts'
import { TASK_KINDS, type TaskDefinition, UNSAID } from '../domain/plan.ts'
import type { TestStanding, TouchedTest } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { WAIVABLE, type WaivableCode, type Waiver } from '../domain/waiver.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import { suiteShape } from '../protocol/output/init-report.ts'
import { CANONICAL_VERSION } from './canonical.ts'

/** What canonical evidence says about how to measure it again. */
export interface CanonicalReading {
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly tests: readonly TouchedTest[]
  readonly trees: Readonly<Record<string, TreeId>>
  /** What a person overruled. */
  readonly waivers: readonly Waiver[]
}

/** Reads evidence that a note carries. Throws `evidence_missing` where the text is not evidence of a version we know. */
export function readCanonical(text: string): CanonicalReading {
  const parsed = shape.safeParse(parseJson(text))
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error))
  const { task, suite, tests, trees, waivers } = parsed.data
  return {
    task: {
      ...UNSAID,
      goal: '',
      ...task,
      suite: suite.name,
      criteria: task.criteria.map((criterion) => ({ ...criterion, requirements: [] })),
    },
    suite,
    tests: tests.map((test) => ({ ...test, standing: withMessage(test.standing) })),
    trees,
    waivers,
  }
}

const command = z.array(z.string())
const texts = z.array(z.string())

const standing = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fails'),
    reason: z.enum(['assertion', 'missing_name', 'stub', 'source_exception', 'source_value']),
    perFile: z.boolean(),
  }),
  z.object({ kind: z.literal('characterisation') }),
  z.object({
    kind: z.literal('wrong'),
    reason: z.enum(['syntax', 'foreign_module', 'timeout', 'test_exception', 'runner']),
  }),
  z.object({ kind: z.literal('weak') }),
  z.object({ kind: z.literal('not_run'), reason: z.enum(['skipped', 'missing']) }),
])

const shape = z.object({
  version: z.literal(CANONICAL_VERSION),
  task: z.object({
    key: z.string(),
    title: z.string(),
    kind: z.enum(TASK_KINDS),
    criteria: z.array(z.object({ id: z.string(), text: z.string() })),
    tests: texts,
    sources: texts,
    allow: texts,
    exports: texts,
    verify: z.array(z.union([z.object({ check: z.string() }), z.object({ command })])),
    locks: texts,
  }),
  suite: suiteShape,
  tests: z.array(
    z.object({ file: z.string(), name: z.string(), bodyHash: z.string(), criteria: texts, standing }),
  ),
  trees: z.record(z.string(), z.string()),
  waivers: z
    .array(
      z.object({
        code: z.enum(Object.keys(WAIVABLE) as WaivableCode[]),
        reason: z.string(),
        person: z.string(),
      }),
    )
    .default([]),
})

/** Messages are left out of canonical evidence. */
function withMessage(read: z.infer<typeof standing>): TestStanding {
  return read.kind === 'fails' || read.kind === 'wrong' || read.kind === 'weak'
    ? { ...read, message: '' }
    : read
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(messageOf(cause))
  }
}

function unreadable(why: string): OrchestratorError {
  return new OrchestratorError('evidence_missing', `the evidence note cannot be read: ${why}`, {
    hint: 'fetch refs/notes/tdd again from where the change was landed, or use the version of the program that wrote it',
  })
}
