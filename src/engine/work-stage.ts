import { overdraftText } from '../domain/budget-words.ts'
import type { Attempt } from '../domain/attempt.ts'
import { afterLimit } from '../domain/provider-pace.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { TreeReading } from '../git/trees.ts'
import { agentSetup } from './agent-setup.ts'
import { attemptPrompt } from './attempt-prompt.ts'
import { type RunContext, suiteOf } from './context.ts'
import { type Ground, prepareGround } from './ground.ts'
import { judgeWork } from './judge-work.ts'
import { letAgentWork, type Worked } from './let-agent-work.ts'
import { slotKey } from './prepare-slot.ts'
import type { RunningStage, StageEnd } from './stage-call.ts'

/** A stage in which an agent works: its tree is made, it works, every process of it is dead, its tree is read and judged. */
export async function workStage(context: RunContext, running: RunningStage): Promise<StageEnd> {
  const { claim, step } = running.call
  const task = claim.task.definition
  const testsOnly = step.stage === 'red' || step.stage === 'red_fix'
  // Who decides a dispute sees the tests as they were accepted, whatever was tried since.
  const start = step.dispute === null ? step.start : { ...step.start, tree: null }
  const ground = await prepareGround(context, task, { ...start, testsOnly })
  const { result, usage, overdraft, reading } = await workInTree(context, running, ground)
  const end = (outcome: StageEnd['outcome']): StageEnd => ({ outcome, usage, evidence: null })
  switch (result.kind) {
    case 'aborted':
      return end({
        kind: 'lost',
        cause: 'user',
        detail: overdraft === null ? 'stopped' : overdraftText(overdraft),
        retryAt: null,
      })
    case 'gave_up':
      return end({ kind: 'gave_up', cause: result.cause, detail: result.detail })
    case 'infrastructure': {
      const cause = NEEDS_PERSON.includes(result.code) ? 'exhausted' : 'infrastructure'
      if (STOPS_ALL.includes(result.code)) context.pause('agent', cannotWork(context, result), null)
      return end({ kind: 'lost', cause, detail: `${result.code}: ${result.detail}`, retryAt: null })
    }
    case 'provider_limit': {
      const { clock } = context
      const before = limitsInARow(running.call.attempts)
      const { retryAt, othersAt } = afterLimit(result.resetAt, {
        before,
        now: clock.now(),
        chance: clock.random(),
      })
      await context.provider.limit(result.cause, othersAt)
      return end({ kind: 'lost', cause: 'provider_limit', detail: result.detail, retryAt })
    }
    case 'disputed':
      if (step.stage === 'green' || step.stage === 'fix')
        return end({ kind: 'disputed', reason: result.reason })
      return end(refusedUnseen(ground, `${step.stage} may not dispute a test`))
    case 'done':
      break
  }
  if (reading === null) throw new Error('what a finished agent left was not read')
  if (reading.kind === 'forbidden') {
    return end({ kind: 'refused', refusals: [reading.refusal], base: ground.base, tree: null })
  }
  const judged = await judgeWork(context, running, { ground, tree: reading.tree, claims: result.claims })
  return { ...judged, usage }
}

/** What is the same for every task, until a person has mended it. */
const STOPS_ALL: readonly string[] = ['auth', 'model', 'not_installed']

function cannotWork({ agent }: RunContext, { detail }: { readonly detail: string }): string {
  return `${agent.name} cannot work: ${detail}`
}

/** What is the same however often it is tried. */
const NEEDS_PERSON: readonly string[] = ['session_exhausted', 'hidden']

/** The slot is free again, and made ready for what may come next, before what was read is judged. */
async function workInTree(
  context: RunContext,
  running: RunningStage,
  ground: Ground,
): Promise<Worked & { readonly reading: TreeReading | null }> {
  const { limits } = context
  const { call, meter, tally } = running
  const suite = suiteOf(context, call.claim.task.definition)
  await using tree = await context.trees.agentTree({
    task: slotKey(context, call.claim.task),
    tree: ground.tree,
    base: ground.base,
    ...(await agentSetup(context, { meter, tally, signal: call.signal }, { suite, tree: ground.tree })),
  })
  context.usedSlots.add(suite, tree)
  const prompt = await attemptPrompt(context, running, ground.baseTree)
  const tracked = await context.git.files(ground.tree)
  const worked = await letAgentWork(context, running, { tree, prompt, tracked })
  if (worked.result.kind !== 'done') return { ...worked, reading: null }
  return { ...worked, reading: await tree.read({ files: limits.treeFiles, bytes: limits.treeBytes }) }
}

function limitsInARow(attempts: readonly Attempt[]): number {
  const last = attempts.findLastIndex(({ outcome }) => !isLimit(outcome))
  return attempts.length - 1 - last
}

function isLimit(outcome: Attempt['outcome']): boolean {
  return outcome.kind === 'lost' && outcome.cause === 'provider_limit'
}

function refusedUnseen(ground: Ground, fact: string): StageEnd['outcome'] {
  const refusal: Refusal = {
    code: 'no_change',
    fact,
    hint: 'Only GREEN and FIX may; a stage that writes tests changes them instead.',
    details: [],
  }
  return { kind: 'refused', refusals: [refusal], base: ground.base, tree: null }
}
