import { createGitCommand } from '../git/git-command.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { targetRef } from './context.ts'

/** Where a target is now, asked beside a live run; null where there is none. */
export async function targetHead(asked: {
  readonly repository: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly target: string | null
}): Promise<string | null> {
  const { repository, env, target } = asked
  if (target === null) return null
  const git = createGitCommand({ exec: createExec({ ownerId: systemClock.id(16) }), env, cwd: repository })
  const { code, stdout } = await git.run({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${targetRef(target)}^{commit}`],
    answers: [0, 1, 128],
  })
  return code === 0 ? stdout.toString('utf8').trim() : null
}
