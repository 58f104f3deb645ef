import { collectorOf } from '../config/collector.ts'
import { receiversOf } from '../config/receivers.ts'
import { type AgentChoice, agentChoice } from '../domain/agent-choice.ts'
import { OrchestratorError } from '../errors.ts'
import { mayWrite } from '../store/may-write.ts'
import { openReader } from '../store/reader.ts'
import { isSilent } from '../store/silent-owner.ts'
import { hasEnded, type Run } from '../store/store.ts'
import { chooseAgent } from './choose-agent.ts'
import type { Unopened } from './open.ts'
import { isTargetFlag, requireTarget } from './require-target.ts'

interface Wanted extends AgentChoice {
  readonly target: string | null
  /** Whether it may be a run that goes on: with its target, and the agent it was started with. */
  readonly mayResume: boolean
}

/**
 * Holds what a run needs of configuration and command line where a process has the store: to open it may end one that says
 * nothing, and who is refused must have changed nothing. Where nobody has it, all that is asked for in its turn.
 */
export async function requireRunnable(unopened: Unopened, wanted: Wanted): Promise<void> {
  const { loaded, environment, clock, db, checkedOut, gitDir } = unopened
  const held = heldStore(db, clock.now())
  if (held === null) return
  receiversOf(loaded)
  collectorOf({ endpoint: loaded.config.telemetry.endpoint, environment })
  const run = wanted.mayResume ? held.run : null
  await chooseAgent({ loaded, world: { clock, environment } }, agentChoice(wanted, run?.startedWith ?? null))
  await requireTarget({
    recorded: run?.target ?? null,
    asked: wanted.target,
    byFlag: isTargetFlag(loaded),
    checkedOut,
    gitDir,
  })
}

/** A store that somebody has, with the run that would go on. One that cannot be read says so when it is opened. */
function heldStore(db: string, now: number): { readonly run: Run | null } | null {
  try {
    using reader = openReader(db)
    // Only one that says nothing may be ended; of any other the store says who has it.
    const owner = reader?.owner() ?? null
    if (reader === null || owner === null || !isSilent(owner, now) || !mayWrite(owner, now)) return null
    const current = reader.currentRun()
    const run = current === null || hasEnded(current.state) ? reader.unfinishedRun() : current
    return { run }
  } catch (thrown) {
    if (thrown instanceof OrchestratorError) return null
    throw thrown
  }
}
