import type { GitCommand } from './git-command.ts'

/** Refs that only the orchestrator uses: fences. Branches and notes are a person's. */
const OWN = 'refs/tdd/'

/** The names of our own refs in a repository. */
export async function ownRefs(git: GitCommand, gitDir: string): Promise<string[]> {
  const { stdout } = await git.run({ args: ['for-each-ref', '--format=%(refname)', OWN], gitDir })
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((name) => name.startsWith(OWN))
}

/** Removes refs of ours in one transaction. */
export async function removeOwnRefs(
  git: GitCommand,
  gitDir: string,
  names: readonly string[],
): Promise<void> {
  const ours = names.filter((name) => name.startsWith(OWN))
  if (ours.length === 0) return
  const lines = ours.map((name) => `delete ${name}\0\0`)
  await git.run({ args: ['update-ref', '-z', '--stdin'], gitDir, stdin: lines.join('') })
}
