import { collectorOf } from '../config/collector.ts'
import { receiversOf } from '../config/receivers.ts'
import { OrchestratorError } from '../errors.ts'
import { isAlive } from '../runtime/process-identity.ts'
import { openReader } from '../store/reader.ts'
import { isSilent } from '../store/silent-owner.ts'
import { hasEnded } from '../store/store.ts'
import { type AgentChoice, chooseAgent } from './choose-agent.ts'
import type { Unopened } from './open.ts'
import { isTargetFlag, requireTarget } from './require-target.ts'

interface Wanted extends AgentChoice {
  readonly target: string | null
  /** Whether it may be a run that has a target already. */
  readonly mayResume: boolean
}

/**
 * Holds what a run needs of configuration and command line where a process has the store: to open it may end one that says
 * nothing, and who is refused must have changed nothing. Where nobody has it, all that is asked for in its turn.
 */
export async function requireRunnable(unopened: Unopened, wanted: Wanted): Promise<void> {
  const { loaded, environment, clock, db, checkedOut } = unopened
  const held = heldStore(db, clock.now())
  if (held === null) return
  receiversOf(loaded)
  collectorOf({ endpoint: loaded.config.telemetry.endpoint, environment })
  await chooseAgent({ loaded, world: { clock, environment } }, wanted)
  const recorded = wanted.mayResume ? held.target : null
  await requireTarget({ recorded, asked: wanted.target, byFlag: isTargetFlag(loaded), checkedOut })
}

/** A store that somebody has, with where its run lands. One that cannot be read says so when it is opened. */
function heldStore(db: string, now: number): { readonly target: string | null } | null {
  try {
    using reader = openReader(db)
    // Only one that says nothing may be ended; of any other the store says who has it.
    const owner = reader?.owner() ?? null
    if (reader === null || owner === null || !isSilent(owner, now) || isAlive(owner.identity) === false)
      return null
    const current = reader.currentRun()
    const run = current === null || hasEnded(current.state) ? reader.unfinishedRun() : current
    return { target: run?.target ?? null }
  } catch (thrown) {
    if (thrown instanceof OrchestratorError) return null
    throw thrown
  }
}
