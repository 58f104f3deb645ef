import { userInfo } from 'node:os'
import { discover } from '../git/discover.ts'
import { createGitCommand } from '../git/git-command.ts'
import { personalSettings } from '../git/personal-settings.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'

/** Longer names are cut: they stand in events and in evidence. */
const MOST_CHARACTERS = 100

/** How the person who types is called: as their git says, else as the system does. */
export async function personName(where: {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}): Promise<string> {
  const exec = createExec({ ownerId: systemClock.id(16) })
  const git = createGitCommand({ exec, env: where.env, cwd: where.cwd })
  const { workGitDir } = await discover(git, where.cwd)
  const settings = await personalSettings(git, workGitDir, '^user\\.name$')
  const named = settings.at(-1)?.value.replaceAll(/\s+/g, ' ').trim() ?? ''
  return (named === '' ? userInfo().username : named).slice(0, MOST_CHARACTERS)
}
