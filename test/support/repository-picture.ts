import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { TempRepo } from './temp-repo.ts'

/** Of a repository everything that a run must leave alone: files of the checkout and of `.git` by path, and the other refs. */
export function repositoryPicture(repo: TempRepo, target = 'tdd/played'): Record<string, string> {
  const picture: Record<string, string> = {}
  for (const path of pathsBelow(repo.root)) {
    if (isWritable(path)) continue
    picture[path] = contentOf(join(repo.root, path))
  }
  const refs = repo.git('for-each-ref', '--format=%(refname) %(objectname)').split('\n')
  const mine = /^refs\/(heads\/tdd\/|tdd\/|notes\/tdd )/
  picture['refs'] = refs
    .filter((ref) => !mine.test(ref) && !ref.startsWith(`refs/heads/${target} `))
    .join('\n')
  picture['worktrees'] = repo.git('worktree', 'list', '--porcelain')
  return picture
}

/** Objects and references are written by a run; the references are compared by name. */
function isWritable(path: string): boolean {
  return /^\.git\/(objects|refs|logs\/refs|packed-refs$|reftable)/.test(path)
}

function contentOf(path: string): string {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`
  if (!stat.isFile()) return `${stat.mode.toString(8)} directory`
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
  return `${stat.mode.toString(8)} ${stat.size} ${digest}`
}

function pathsBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.git/objects/'))
    .sort()
}
