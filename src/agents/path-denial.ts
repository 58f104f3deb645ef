import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { AgentRequest } from './agent.ts'

/** What a denial begins with. */
export const DENIED = 'The rules of this stage deny it.'

/** Why an attempt would be refused for changing a file that a client names; null where it may, or where it is not our matter. */
export function denialOf(
  request: Pick<AgentRequest, 'directory' | 'mayChange'>,
  named: string,
): string | null {
  const reason = reasonAgainstChange(request, named)
  return reason === null ? null : `${DENIED} ${reason}`
}

/** The same, without the words that it begins with. */
export function reasonAgainstChange(
  { directory, mayChange }: Pick<AgentRequest, 'directory' | 'mayChange'>,
  named: string,
): string | null {
  const path = pathInTree(directory, named)
  // Outside its tree it is the sandbox that decides.
  if (path === null) return null
  if (path.split('/').includes('.git')) return 'The .git of your tree is thrown away; write no files to it.'
  return mayChange(path)
}

/** Where a path that a client names lies in its tree; null for one outside. */
export function pathInTree(directory: string, named: string): string | null {
  const path = relative(directory, resolve(directory, named))
  if (path === '' || isAbsolute(path) || path.split(sep)[0] === '..') return null
  return path.replaceAll(sep, '/')
}
