import { z } from 'zod'
import type { CommitId } from '../domain/evidence.ts'
import type { RedEvidence, TouchedTest } from '../domain/proof.ts'
import type { World } from './context.ts'

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

/** The tests frozen at a RED commit; none for a task without RED. */
export async function frozenTests(world: World, red: CommitId): Promise<TouchedTest[]> {
  const text = await world.store.recallEvidence(`frozen:${red}`)
  return text === null ? [] : frozenShape.parse(JSON.parse(text))
}

/** The same tests, committed again on another base. */
export async function carryFrozenTests(world: World, from: CommitId, to: CommitId): Promise<void> {
  if (from === to) return
  const text = await world.store.recallEvidence(`frozen:${from}`)
  if (text !== null) await world.store.keepEvidence(`frozen:${to}`, text, world.clock.now())
}
