import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { openStoreClient } from '../store/client.ts'
import type { StoreRequestBody } from '../store/store.ts'

/** Changes something in a store that a run may own: by its owner beside a live run, by ourselves when there is none. */
export async function handIn(db: string, body: StoreRequestBody): Promise<unknown> {
  using client = openStoreClient({ path: db, clock: systemClock, owner: processIdentity() })
  return await client.handIn(body)
}
