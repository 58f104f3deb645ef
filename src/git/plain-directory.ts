import type { TreeId } from '../domain/evidence.ts'
import { directoriesOf } from './fill-plan.ts'
import { fillTree } from './fill-tree.ts'
import type { Git } from './git.ts'
import type { GitCommand } from './git-command.ts'
import { NOTHING_INCLUDED } from './included-files.ts'
import { readWalk } from './read-tree.ts'
import { emptyContents } from './slot-contents.ts'
import { slotPlace } from './slot-place.ts'
import type { TreeLimits, TreeReading } from './trees.ts'
import { walkTree } from './walk-tree.ts'

/** Writes the files of a tree into an empty directory that no slot is. */
export async function writePlainDirectory(
  git: Git,
  { directory, tree }: { readonly directory: string; readonly tree: TreeId },
): Promise<void> {
  const place = { ...slotPlace(directory, 'plain'), tree: directory, trash: `${directory}.trash` }
  const before = { contents: emptyContents(), unknown: new Set<string>(), strange: [] }
  await fillTree({ git, place, before, target: await git.files(tree), included: NOTHING_INCLUDED })
}

/** What lies in a directory that anybody may write to, by the rules by which the tree of an agent is read. */
export async function readPlainDirectory(
  git: Git,
  {
    directory,
    base,
    limits,
  }: { readonly directory: string; readonly base: TreeId; readonly limits: TreeLimits },
): Promise<TreeReading> {
  const files = await git.files(base)
  const walk = await walkTree({ root: directory, tracked: directoriesOf(files), limits, hasGit: true })
  const outcome = await readWalk({ git, root: directory, base, files, walk, limits, known: () => null })
  return outcome.kind === 'tree' ? { kind: 'tree', tree: outcome.tree } : outcome
}

/**
 * Gives a directory a repository of its own with one commit of what is in it, so that `git diff` shows what is changed. It
 * shares nothing with any other repository, and nothing of ours reads it.
 */
export async function beginPlainHistory(
  git: GitCommand,
  { directory, message }: { readonly directory: string; readonly message: string },
): Promise<void> {
  const run = (...args: [string, ...string[]]) => git.run({ args, cwd: directory, settings: PLAIN_SETTINGS })
  await run('init', '--quiet', '--template=', '--initial-branch=work', '.')
  await run('add', '--all', '--force', '.')
  await run('commit', '--quiet', '--allow-empty', '--no-verify', '--no-gpg-sign', `--message=${message}`)
}

/** Files stay byte for byte as they are, whatever attributes among them say. */
const PLAIN_SETTINGS = [
  'user.name=TDD Orchestrator',
  'user.email=tdd-orchestrator@localhost',
  'core.autocrlf=false',
  'core.safecrlf=false',
]
