import type { Environment } from '../config/environment.ts'
import { statePlace } from '../config/state-place.ts'
import { OrchestratorError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { findRepository } from '../runtime/repository-id.ts'
import { requirePlace } from './require-place.ts'
import { openStoreClient, type StoreClient } from '../store/client.ts'

/**
 * Opens the store of the repository around a directory, beside a run that may own it. Throws `repository_missing`, and
 * `nothing_to_run` where nothing was ever stored.
 */
export async function openStore(where: {
  readonly directory: string
  readonly env: Environment
}): Promise<StoreClient> {
  requirePlace(where)
  const repository = findRepository(where.directory)
  if (repository === null) {
    throw new OrchestratorError('repository_missing', `there is no git repository at ${where.directory}`, {
      hint: 'Name a directory inside a git repository.',
    })
  }
  const { db } = await statePlace(repository, { cwd: where.directory, env: where.env })
  return openStoreClient({ path: db, clock: systemClock, owner: processIdentity() })
}
