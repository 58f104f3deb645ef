import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { shellWord } from '../domain/shell-word.ts'

/**
 * What is typed in a repository so that a branch is not checked out at a place any more. Git keeps what it knows of a work tree
 * whose directory is gone. Only that one is named: others may lie where nothing is mounted now.
 */
export function leaveCheckout(gitDir: string, place: string): string {
  const word = shellWord(place)
  if (existsSync(place)) return `git -C ${word} switch --detach`
  const unlock = isLocked(gitDir, place) ? `git worktree unlock ${word} && ` : ''
  return `${unlock}git worktree remove ${word}`
}

/** Whether somebody told git to keep the work tree, whatever becomes of its directory. */
function isLocked(gitDir: string, place: string): boolean {
  const linked = join(gitDir, 'worktrees')
  const own = entries(linked).find((name) => {
    const file = join(linked, name, 'gitdir')
    return (
      existsSync(file) && resolve(linked, name, readFileSync(file, 'utf8').trim()) === join(place, '.git')
    )
  })
  return own !== undefined && existsSync(join(linked, own, 'locked'))
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}
