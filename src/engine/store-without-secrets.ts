import { mapTexts } from '../domain/map-texts.ts'
import { redactKnown } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { AttemptEnd, Store } from '../store/store.ts'

/** Which arguments hold what commands and agents printed: refusals, reasons, events, remembered evidence. */
const TOLD: Readonly<Partial<Record<keyof Store, readonly number[]>>> = {
  suspendRun: [2],
  giveBack: [1],
  fail: [1],
  needHuman: [1],
  finishAttempt: [2],
  recordReturn: [1, 2],
  keepEvidence: [1],
  append: [0],
  answerPerson: [1],
  keepTemplates: [1],
}

/**
 * The same store, which is told nothing of these secrets. Only known values go, from what was printed: ids, names and
 * accepted evidence have to stay as they are.
 */
export function storeWithoutSecrets(store: Store, secrets: readonly string[]): Store {
  if (secrets.length === 0) return store
  const clean = { text: redactKnown(secretForms(secrets)), isKept: (name: string) => name === ACCEPTED }
  return new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      const places = Object.hasOwn(TOLD, name) ? (TOLD[name as keyof Store] ?? []) : []
      return (...given: readonly unknown[]): unknown =>
        Reflect.apply(
          method,
          target,
          given.map((value, place) => (places.includes(place) ? mapTexts(value, clean) : value)),
        )
    },
  })
}

/** Its text has a digest, which is in the commits. */
const ACCEPTED: keyof AttemptEnd = 'evidence'
