import { NO_USAGE } from '../agents/agent.ts'
import type { AcceptedWork } from '../domain/attempt.ts'
import { judgeFull } from '../domain/judge-full.ts'
import { withoutWaived } from '../domain/waiver.ts'
import { canonicalEvidence } from '../verify/canonical.ts'
import { type RunContext, suiteOf } from './context.ts'
import { frozenTests } from './frozen-tests.ts'
import { classifiedChanges, prepareGround } from './ground.ts'
import { verifierOf } from './verifier-for.ts'
import { tellMissingChecks } from './missing-checks.ts'
import { otherSuites } from './other-suites.ts'
import { prepareSlot } from './prepare-slot.ts'
import { withoutQuarantined } from './quarantine.ts'
import { commitWork, waiversOf } from './work-commits.ts'
import type { RunningStage, StageCall, StageEnd } from './stage-call.ts'

/** VERIFY and RE_VERIFY: no agent, only commands in proof trees. */
export async function verifyStage(context: RunContext, running: RunningStage): Promise<StageEnd> {
  const { claim, step } = running.call
  const task = claim.task.definition
  const suite = suiteOf(context, task)
  const ground = await prepareGround(context, task, { ...step.start, testsOnly: false })
  const work = ground.work
  if (work === null) throw new Error(`${task.key} has nothing accepted to verify`)
  const preparing = refactorsNext(context, running.call) ? null : prepareSlot(context, claim.task)
  const verifier = verifierOf(context, running)
  const frozen = await frozenTests(context, task, work)
  const changes = await classifiedChanges(context, task, { from: ground.baseTree, to: ground.tree })
  const measured = await verifier.full({
    suite,
    task,
    baseTree: ground.baseTree,
    tree: ground.tree,
    testsTree: ground.redTree,
    frozen,
    changes,
    otherSuites: await otherSuites(context, {
      suites: context.suites.values(),
      own: suite,
      changes,
      trees: [ground.baseTree, ground.tree],
    }),
  })
  await preparing
  await tellMissingChecks(context, suite, measured.checks)
  const evidence = await withoutQuarantined(context, measured)
  const waivers = waiversOf(running.call, work)
  const verdict = withoutWaived(judgeFull({ task, suite, evidence }), waivers)
  if (!verdict.accepted) {
    const outcome = {
      kind: 'refused',
      refusals: verdict.refusals,
      base: ground.base,
      tree: ground.tree,
    } as const
    return { outcome, usage: NO_USAGE, evidence: null }
  }
  const canonical = canonicalEvidence({ task, suite, red: { touched: frozen }, full: measured, waivers })
  const accepted: AcceptedWork = await commitWork(context, task, {
    base: ground.base,
    redTree: ground.redTree,
    greenTree: ground.tree,
    evidence: canonical.digest,
    previous: work,
    waivers,
  })
  return {
    outcome: { kind: 'accepted', work: accepted },
    usage: NO_USAGE,
    evidence: canonical,
  }
}

/** The task's own slot is needed again, if this stage is accepted. */
function refactorsNext({ limits }: RunContext, { claim, step }: StageCall): boolean {
  return limits.refactor && step.stage === 'verify' && claim.task.definition.kind === 'implement'
}
