import { branchInTheWay } from '../git/branch-in-the-way.ts'
import { createGitCommand } from '../git/git-command.ts'
import { checkedOut } from '../git/refs.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import type { RepositoryPlace } from '../runtime/repository-id.ts'
import { type AskedTarget, findTarget } from './find-target.ts'

/** Holds that a run could land, without opening anything: what `findTarget` throws. */
export async function lookAtTarget(
  repository: Pick<RepositoryPlace, 'root' | 'gitDir'>,
  env: Readonly<Record<string, string | undefined>>,
  asked: AskedTarget,
): Promise<void> {
  const { root, gitDir } = repository
  const git = createGitCommand({ exec: createExec({ ownerId: systemClock.id(16) }), env, cwd: root })
  const readRef = async (ref: string): Promise<string | null> => {
    const args = ['for-each-ref', '--format=%(refname) %(objectname)', ref] as const
    const { stdout } = await git.run({ args, gitDir })
    const lines = stdout.toString('utf8').split('\n')
    return lines.find((line) => line.startsWith(`${ref} `))?.slice(ref.length + 1) ?? null
  }
  await findTarget(
    {
      repository: { gitDir },
      readRef,
      checkedOut: (branch) => checkedOut(git, gitDir, branch),
      inTheWay: (branch) => branchInTheWay(git, gitDir, branch),
    },
    asked,
  )
}
