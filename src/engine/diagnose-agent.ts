import { agentNameOf } from '../config/agent-name.ts'
import type { Finding } from '../protocol/output/doctor-report.ts'
import { findProgram } from '../runtime/find-program.ts'
import { chooseAgent } from './choose-agent.ts'
import { claudeProgram } from './choose-claude.ts'
import { note, ok, problemOf } from './finding.ts'
import { requireVisibleAgent } from './hidden-agent.ts'
import type { Bench } from './open.ts'
import { promptSettings } from './prompt-settings.ts'
import { requireClaude } from './require-claude.ts'
import { unsetVariables } from './unset-variables.ts'

/** What a run asks of its agent before it begins, asked of the one that a run would take here. */
export async function diagnoseAgent({ loaded, workshop }: Bench): Promise<Finding[]> {
  const { config } = loaded
  const name = agentNameOf(config, null)
  const templates = await promptSettings({ git: workshop.git, config }, name).then(
    () => [],
    (thrown: unknown) => [problemOf('agent', thrown)],
  )
  // Its session is named by a flag.
  if (name === 'scripted') return [ok('agent', 'scripted: plays a session file (--session)'), ...templates]
  try {
    await chooseAgent({ loaded, world: workshop }, { name: null, sessionFile: null, withoutSleep: false })
    await requireVisibleAgent({ loaded, world: workshop }, name)
    if (name === 'claude') await requireClaude({ loaded, world: workshop })
    const unset = unsetVariables({ loaded, world: workshop }, name).map((line) =>
      note('agent', line, 'Set it, or take its name out.'),
    )
    return [ok('agent', `${name}: ${programOf({ loaded, workshop }, name)}`), ...unset, ...templates]
  } catch (thrown) {
    return [problemOf('agent', thrown), ...templates]
  }
}

function programOf({ loaded, workshop }: Pick<Bench, 'loaded' | 'workshop'>, name: string): string {
  const { environment, git } = workshop
  if (name !== 'command' && name !== 'acp') {
    return claudeProgram({ loaded, environment }) ?? 'the client that the SDK brought'
  }
  const [program = ''] = loaded.config.agents[name].argv ?? []
  return findProgram(program, { env: environment, cwd: git.repository.workTree }) ?? program
}
