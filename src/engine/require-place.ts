import { requireGiven } from '../domain/given.ts'

/** What every door of the library needs: where, and with which environment. Throws `usage`. */
export function requirePlace(where: unknown): void {
  requireGiven(
    where,
    { directory: 'string', env: 'object' },
    {
      what: 'a directory with an environment',
      hint: 'Name a directory of the repository and the environment: docs/reference/CIRCUIT_BREAKER_CONFIG.md shows how.',
    },
  )
}
