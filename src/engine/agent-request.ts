import type { AgentRequest, AgentResult } from '../agents/agent.ts'
import { resultOfEnd } from '../agents/ended.ts'
import { pathGuard } from '../domain/path-guard.ts'
import type { Prompt } from '../domain/prompt-part.ts'
import type { AgentStage } from '../domain/stage.ts'
import type { AgentTree } from '../git/trees.ts'
import { type RunContext, suiteOf } from './context.ts'
import { launchAgent } from './launch-agent.ts'
import { ProviderHeld } from './provider-gate.ts'
import type { RunningStage, StageCall } from './stage-call.ts'
import type { TrialRuns } from './trial-run.ts'

/** The tree of an attempt, what its agent is told, and the files that it began with. */
export interface AgentGround {
  readonly tree: AgentTree
  readonly prompt: Prompt
  readonly tracked: ReadonlyMap<string, unknown>
}

interface RequestParts extends AgentGround {
  readonly trials: TrialRuns
  /** Told where a limit of ours ended a program of the agent, with what that means. */
  readonly onCut: (by: AgentResult | null) => void
}

/** All that an agent is given for one attempt. */
export function agentRequest(
  context: RunContext,
  running: RunningStage,
  { tree, prompt, tracked, trials, onCut }: RequestParts,
): AgentRequest {
  const { claim, step } = running.call
  const { definition } = claim.task
  return {
    task: definition.key,
    stage: step.stage as AgentStage,
    playIndex: playIndex(running.call),
    attempt: running.attempt,
    directory: tree.directory,
    exchange: tree.temp,
    ownCode: context.ownCode,
    prompt: prompt.text,
    tier: running.terms?.model.tier ?? definition.complexity,
    refusals: step.repair,
    winding: context.winding,
    askAgain: () => askAgain(context, running),
    ...guardsOf(context, running.call, tracked),
    criteria: definition.criteria,
    runTests: trials.run,
    launch: async (command, abort) => {
      const ended = await running.meter.during('agent', () =>
        launchAgent(context, running, { command, tree, abort }),
      )
      if (ended.end.kind !== 'limit') return ended
      onCut(resultOfEnd(ended))
      // The store needs room, too, and waits for it only for a few seconds. What a trial writes meanwhile is hostile as well.
      if (FILLS_DISK.includes(ended.end.which)) {
        await trials.end()
        await tree.clear()
      }
      return ended
    },
  }
}

const FILLS_DISK: readonly string[] = ['disk', 'room']

/** Earlier attempts of this stage that ended in a result: what was lost to us or to the machine is played again. What a person did is none of its. */
function playIndex(call: StageCall): number {
  return call.attempts.filter(
    ({ stage, outcome, byPerson }) =>
      stage === call.step.stage &&
      byPerson !== true &&
      outcome.kind !== 'running' &&
      !(outcome.kind === 'lost' && outcome.cause !== 'provider_limit'),
  ).length
}

async function askAgain({ winding }: RunContext, { turn, call }: RunningStage): Promise<number | null> {
  try {
    await turn?.again(AbortSignal.any([call.signal, winding]))
    return null
  } catch (thrown) {
    if (thrown instanceof ProviderHeld) return thrown.until
    throw thrown
  }
}

function guardsOf(
  context: RunContext,
  { claim, step }: StageCall,
  tracked: AgentGround['tracked'],
): Pick<AgentRequest, 'mayChange' | 'isTracked'> {
  const task = claim.task.definition
  const suites = [...context.suites.values()]
  const suite = suiteOf(context, task)
  return {
    mayChange: pathGuard({ stage: step.stage as AgentStage, task, suite, suites }),
    isTracked: (path) => tracked.has(path),
  }
}
