import type { TreeId } from '../domain/evidence.ts'
import type { GitCommand } from './git-command.ts'
import { privateGitDir } from './private-repository.ts'

/** Two trees (or commits, which stand for theirs) of the private repository as a unified diff. No program of a person's configuration takes part. */
export async function textDiff(
  git: GitCommand,
  request: {
    readonly stateDirectory: string
    readonly from: TreeId
    readonly to: TreeId
  },
): Promise<string> {
  const { stdout } = await git.run({
    args: [
      'diff',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
      '--find-renames',
      '--end-of-options',
      request.from,
      request.to,
    ],
    gitDir: privateGitDir(request.stateDirectory),
  })
  return stdout.toString('utf8')
}
