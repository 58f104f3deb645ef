import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { redactKnown } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import { openStoreClient } from '../store/client.ts'
import type { StoreRequestBody } from '../store/store.ts'

/**
 * Changes something in a store that a run may own: by its owner beside a live run, by ourselves when there is none. What a
 * person says with it is stored, and told to agents and people: without these secrets.
 */
export async function handIn(
  db: string,
  body: StoreRequestBody,
  secrets: readonly string[] = [],
): Promise<unknown> {
  using client = openStoreClient({ path: db, clock: systemClock, owner: processIdentity() })
  return await client.handIn(secrets.length === 0 ? body : withoutSecrets(body, secrets))
}

function withoutSecrets(body: StoreRequestBody, secrets: readonly string[]): StoreRequestBody {
  const clean = redactKnown(secretForms(secrets))
  switch (body.kind) {
    case 'retry':
      return { ...body, note: body.note === null ? null : clean(body.note) }
    case 'refuse':
      return { ...body, note: clean(body.note) }
    case 'cancel':
    case 'waive':
      return { ...body, reason: clean(body.reason) }
    default:
      return body
  }
}
