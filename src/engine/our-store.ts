import { existsSync } from 'node:fs'
import { isOfPlace } from '../config/stores-of-place.ts'
import type { StatePlace } from '../config/own-store.ts'
import { STORE_IS_SET_BY } from '../config/places.ts'
import { OrchestratorError } from '../errors.ts'
import { showsStore } from '../store/shows-store.ts'
import { requireRegularFile } from '../store/store-file.ts'

/**
 * Whether what stands at the path of a store, and beside it, is ours to remove: a repository may name any file for it. A
 * damaged one is known by where it is.
 */
export function isOurStore(place: StatePlace): boolean {
  return isOfPlace(place) || showsStore(place.db)
}

/** Throws `state_unusable` where something stands there that nothing shows to be a store of this program. */
export function requireOurStore(place: StatePlace): void {
  requireRegularFile(place.db)
  if (!existsSync(place.db) || isOurStore(place)) return
  throw new OrchestratorError(
    'state_unusable',
    `Nothing shows that the file ${place.db} is a store of this program.`,
    {
      hint: `Nothing was removed. Name the store: ${STORE_IS_SET_BY}. Where it is one that is damaged, remove it by yourself.`,
    },
  )
}
