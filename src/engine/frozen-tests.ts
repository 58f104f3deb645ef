import { z } from 'zod'
import type { AcceptedWork } from '../domain/attempt.ts'
import type { CommitId } from '../domain/evidence.ts'
import { writesTestsFirst } from '../domain/next-step.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { RedEvidence, TouchedTest } from '../domain/proof.ts'
import type { World } from './context.ts'
import { WorkLost } from './work-lost.ts'

const standing = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fails'),
    reason: z.enum(['assertion', 'missing_name', 'stub', 'source_exception', 'source_value']),
    message: z.string(),
    perFile: z.boolean(),
  }),
  z.object({ kind: z.literal('characterisation') }),
  z.object({
    kind: z.literal('wrong'),
    reason: z.enum(['syntax', 'foreign_module', 'timeout', 'test_exception', 'runner']),
    message: z.string(),
  }),
  z.object({ kind: z.literal('weak'), message: z.string() }),
  z.object({ kind: z.literal('not_run'), reason: z.enum(['skipped', 'missing']) }),
])

const frozenShape = z.array(
  z.object({
    file: z.string(),
    name: z.string(),
    bodyHash: z.string(),
    criteria: z.array(z.string()),
    standing,
  }),
)

/** Remembers the tests that RED froze, under the commit that holds them. */
export async function freezeTests(world: World, red: CommitId, evidence: RedEvidence): Promise<void> {
  await world.store.keepEvidence(`frozen:${red}`, JSON.stringify(evidence.touched), world.clock.now())
}

/**
 * The tests frozen at the RED commit of accepted work; none where nobody wrote any. Throws `WorkLost` where the store
 * should have them: with none in their place, tests could be changed, and their proof left out.
 */
export async function frozenTests(
  world: World,
  task: TaskDefinition,
  { base, red }: AcceptedWork,
): Promise<TouchedTest[]> {
  const text = await world.store.recallEvidence(`frozen:${red}`)
  if (text !== null) return frozenShape.parse(JSON.parse(text))
  if (writesTestsFirst(task.kind) || red !== base) throw new WorkLost(task.key, lost(task.key))
  return []
}

function lost(key: string): string {
  return `the store has lost which tests of ${key} are frozen, so that nothing of it can be judged`
}

/** The same tests, committed again on another base; where they are lost, they stay so. */
export async function carryFrozenTests(world: World, from: CommitId, to: CommitId): Promise<void> {
  if (from === to) return
  const text = await world.store.recallEvidence(`frozen:${from}`)
  if (text !== null) await world.store.keepEvidence(`frozen:${to}`, text, world.clock.now())
}
