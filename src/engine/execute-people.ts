import type { Run } from '../store/store.ts'
import { NO_RULES } from './budget-keeper.ts'
import { ownTemplates } from '../prompts/templates.ts'
import { commitSettings } from './commit-settings.ts'
import type { Engine } from './open.ts'
import { PERSON_AGENT } from './people-desk.ts'
import { runPlan } from './run.ts'
import { settleTarget } from './settle-target.ts'

interface ExecutePeopleOptions {
  readonly run: Run
  readonly winding: AbortSignal
  readonly stopping: AbortSignal
  readonly report: (thrown: unknown) => void
}

/** What people asked for is done and what may land is landed, where no run goes on that would do it. No agent is called. */
export async function executePeople(engine: Engine, options: ExecutePeopleOptions): Promise<void> {
  const { world, loaded } = engine
  const { run } = options
  const { git } = loaded.config
  // A run that was worked keeps what it was started with.
  if (loaded.config.run.approve && run.startedAt === null) await world.store.requireApproval(run.id, true)
  await runPlan(world, {
    ...options,
    agent: PERSON_AGENT,
    workers: run.workers,
    peopleOnly: true,
    target: await settleTarget(world, {
      run,
      title: run.title,
      asked: git.target,
      byFlag: false,
      branches: git.mode === 'branches',
    }),
    branches: git.mode === 'branches',
    refactor: false,
    commits: await commitSettings(world.git, git),
    rules: NO_RULES,
    prompts: { templates: ownTemplates(), room: loaded.config.prompts.maxTokens },
  })
}
