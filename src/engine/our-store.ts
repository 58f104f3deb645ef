import { existsSync } from 'node:fs'
import { isOfPlace } from '../config/stores-of-place.ts'
import type { StatePlace } from '../config/own-store.ts'
import { STORE_IS_SET_BY } from '../config/places.ts'
import { OrchestratorError } from '../errors.ts'
import { requireRegularFile } from '../store/store-file.ts'

/**
 * Holds that what stands at the path of a store is one that work in the place was recorded in: a repository may name any file for
 * it, and what lies beside that may be anybody's. Throws `state_unusable`.
 */
export function requireOurStore(place: StatePlace): void {
  requireRegularFile(place.db)
  if (!existsSync(place.db) || isOfPlace(place)) return
  throw new OrchestratorError('state_unusable', `Nothing of this repository was recorded in ${place.db}.`, {
    hint: `Nothing was removed. Name the store: ${STORE_IS_SET_BY}. Where this is one that is no longer needed, remove it by yourself.`,
  })
}
