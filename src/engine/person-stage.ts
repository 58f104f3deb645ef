import { NO_USAGE } from '../agents/agent.ts'
import type { RunContext } from './context.ts'
import { prepareGround } from './ground.ts'
import { judgeWork } from './judge-work.ts'
import { readPersonDirectory } from './person-directory.ts'
import type { RunningStage, StageEnd } from './stage-call.ts'

/** A stage in which a person works: what they left is read and judged as that of an agent. Costs nothing. */
export async function personStage(context: RunContext, running: RunningStage): Promise<StageEnd> {
  const { claim, step, person } = running.call
  const task = claim.task.definition
  const testsOnly = step.stage === 'red' || step.stage === 'red_fix'
  const ground = await prepareGround(context, task, { ...step.start, testsOnly })
  const limits = { files: context.limits.treeFiles, bytes: context.limits.treeBytes }
  const again = step.start.tree
  const isAgain = (person?.waivers ?? []).length > 0
  const handedIn = isAgain ? null : (person?.directory ?? null)
  if (handedIn === null && again === null) throw new Error(`nothing of ${task.key} was handed in`)
  const reading =
    handedIn === null
      ? { kind: 'tree' as const, tree: again ?? ground.tree }
      : await readPersonDirectory({
          git: context.git,
          directory: handedIn,
          base: ground.tree,
          limits,
          apart: context.hidden,
        })
  const rest = { usage: NO_USAGE, transcript: '' }
  if (reading.kind === 'forbidden') {
    const outcome = { kind: 'refused', refusals: [reading.refusal], base: ground.base, tree: null } as const
    return { ...rest, outcome, evidence: null }
  }
  return { ...rest, ...(await judgeWork(context, running, { ground, tree: reading.tree, claims: {} })) }
}
