import { z } from 'zod'
import { GIVE_UP_CAUSES, LANDING_RETURN_KINDS, LOSS_CAUSES } from '../../domain/attempt.ts'
import { COMPLEXITIES, TASK_KINDS } from '../../domain/plan.ts'
import { TIER_REASONS } from '../../domain/choose-model.ts'
import { STAGES } from '../../domain/stage.ts'
import { personHoldShape, waitsForApprovalShape, waiverShape } from './people.ts'
import { TIERS } from '../../domain/tier.ts'
import {
  commitShape,
  count,
  digestShape,
  instant,
  interruptedShape,
  isLostShape,
  keyShape,
  milliseconds,
  refusalShape,
  resourcesShape,
  spendShape,
} from './parts.ts'

const texts = z.array(z.string())
const reason = z.string()

const definitionShape = z.strictObject({
  key: keyShape,
  title: z.string(),
  goal: z.string(),
  kind: z.enum(TASK_KINDS),
  suite: z.string(),
  criteria: z.array(z.strictObject({ id: z.string(), text: z.string(), requirements: texts })),
  tests: texts,
  sources: texts,
  allow: texts,
  dependsOn: z.array(keyShape),
  complexity: z.enum(COMPLEXITIES),
  testKind: z.enum(['unit', 'integration', 'e2e']),
  exports: texts,
  hints: z.string().nullable(),
  verify: z.array(z.union([z.strictObject({ check: z.string() }), z.strictObject({ command: texts })])),
  done: texts,
  priority: z.int(),
  estimateMs: milliseconds.nullable(),
  locks: texts.describe('Paths and `dir/**` entries that it holds while it runs.'),
})

const stateShape = z.discriminatedUnion('state', [
  z.strictObject({ state: z.enum(['pending', 'available', 'running', 'landing']) }),
  z.strictObject({ state: z.literal('completed'), merge: commitShape }),
  z.strictObject({ state: z.literal('retryable'), notBefore: instant, reason }),
  z.strictObject({ state: z.literal('blocked'), by: z.array(keyShape) }),
  z.strictObject({ state: z.literal('failed'), refusal: refusalShape.nullable(), reason }),
  z.strictObject({ state: z.enum(['needs_human', 'cancelled']), reason }),
])

const workShape = z.strictObject({
  base: commitShape,
  red: commitShape,
  green: commitShape.nullable(),
  evidence: digestShape,
  waivers: z.array(waiverShape).optional().describe('What a person overruled.'),
})

const outcomeShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['running', 'dispute_rejected']) }),
  z.strictObject({ kind: z.literal('accepted'), work: workShape }),
  z.strictObject({
    kind: z.literal('refused'),
    refusals: z.array(refusalShape).min(1),
    base: commitShape,
    tree: z
      .string()
      .nullable()
      .describe('Id of the git tree that the agent left; null when nothing of it is kept.'),
  }),
  z.strictObject({ kind: z.literal('gave_up'), cause: z.enum(GIVE_UP_CAUSES), detail: z.string() }),
  z.strictObject({ kind: z.literal('disputed'), reason }),
  z.strictObject({
    kind: z.literal('lost'),
    cause: z.enum(LOSS_CAUSES),
    detail: z.string(),
    retryAt: instant.nullable(),
  }),
])

const tierShape = z.enum(TIERS)

const modelShape = z.strictObject({
  tier: tierShape,
  model: z.string().nullable().describe('Null where the driver does not say what its tiers are.'),
  why: z
    .enum(TIER_REASONS)
    .describe(
      '`writes_tests`: RED and RED_FIX always have the highest. `complexity`: that of the task. `refusals`: so many of the stage raised it. `went_before`: an earlier attempt of the same work had it.',
    ),
  refusals: count.describe('Earlier attempts of this stage that were refused, or whose agent gave up.'),
  alternatives: z
    .array(z.strictObject({ tier: tierShape, model: z.string(), usd: z.number() }))
    .describe('What the same tokens cost at the other tiers, where their prices are known.'),
})

const attemptShape = z.strictObject({
  id: z.int(),
  task: keyShape,
  stage: z.enum(STAGES),
  number: count.describe('1 for the first attempt of its generation.'),
  generation: count.describe('Grows with each `task retry`.'),
  outcome: outcomeShape,
  byPerson: z.boolean().optional().describe('A person had the task; it counts against no limit.'),
  agent: z.string().nullable(),
  model: modelShape.nullable().describe('What worked on it, and why; null where no agent was called.'),
  worker: z.string(),
  startedAt: instant,
  endedAt: instant.nullable(),
  agentMs: milliseconds,
  verifyMs: milliseconds,
  waitMs: milliseconds,
  engineMs: milliseconds,
  spend: spendShape,
  estimated: z.boolean().describe('What it used is not known and was estimated.'),
  resources: resourcesShape.nullable(),
})

const returnShape = z.strictObject({
  task: keyShape,
  generation: count,
  afterAttempt: count,
  head: commitShape.describe('Head of the target on which it did not hold.'),
  kind: z.enum(LANDING_RETURN_KINDS),
  refusal: refusalShape,
})

const receiptShape = z.strictObject({
  run: z.string(),
  task: keyShape,
  target: z.string(),
  merge: commitShape,
  red: commitShape,
  green: commitShape,
  evidence: digestShape,
  landedAt: instant,
})

/** Everything on record about one task. */
export const taskShape = z.strictObject({
  run: z.string().describe('Id of the run.'),
  task: definitionShape,
  state: stateShape,
  interrupted: interruptedShape,
  person: personHoldShape.nullable().describe('Who has taken it; null where nobody has.'),
  waitsForApproval: waitsForApprovalShape,
  lost: isLostShape,
  note: z.string().nullable().describe('What a person told the next agent.'),
  generation: count,
  attempts: z.array(attemptShape),
  returns: z.array(returnShape).describe('What came back from landing.'),
  landed: receiptShape.nullable(),
  dependants: z.array(keyShape),
})
