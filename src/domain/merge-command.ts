import { shellWord } from './shell-word.ts'

/** What brings the work of a run in. Only as it was proven: onto other commits git is to say so. */
export function mergeCommand(target: string): string {
  return `git merge --ff-only ${shellWord(target)}`
}
