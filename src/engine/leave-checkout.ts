import { existsSync } from 'node:fs'
import { shellWord } from '../domain/shell-word.ts'

/** What is typed so that a branch is not checked out at a place any more; git keeps work trees whose directory is gone. */
export function leaveCheckout(place: string): string {
  return existsSync(place) ? `git -C ${shellWord(place)} switch --detach` : 'git worktree prune'
}
