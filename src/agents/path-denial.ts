import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { AgentRequest } from './agent.ts'

/** What a denial begins with. */
export const DENIED = 'The rules of this stage deny it.'

/** Why an attempt would be refused for changing a file that a client names; null where it may, or where it is not our matter. */
export function denialOf(
  { directory, mayChange }: Pick<AgentRequest, 'directory' | 'mayChange'>,
  named: string,
): string | null {
  const path = relative(directory, resolve(directory, named))
  // Outside its tree it is the sandbox that decides.
  if (path === '' || isAbsolute(path) || path.split(sep)[0] === '..') return null
  const reason = mayChange(path.replaceAll(sep, '/'))
  return reason === null ? null : `${DENIED} ${reason}`
}
