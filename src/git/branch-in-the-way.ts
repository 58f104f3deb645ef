import { nameInTheWay } from '../domain/branch-name.ts'
import type { GitCommand } from './git-command.ts'
import { requireBranchName } from './refs.ts'

/** The branch that keeps one of this name from being made, or null. */
export async function branchInTheWay(
  git: GitCommand,
  gitDir: string,
  branch: string,
): Promise<string | null> {
  requireBranchName(branch)
  const [folder = ''] = branch.split('/', 1)
  const { stdout } = await git.run({
    args: ['for-each-ref', '--format=%(refname)', `${BRANCHES}${folder}`],
    gitDir,
  })
  const names = stdout.toString('utf8').split('\n')
  return nameInTheWay(
    branch,
    names.flatMap((name) => (name.startsWith(BRANCHES) ? [name.slice(BRANCHES.length)] : [])),
  )
}

const BRANCHES = 'refs/heads/'
