import { redactKnown } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Store } from '../store/store.ts'

/**
 * The same store, which is told nothing of these secrets by what commands and agents printed: refusals, reasons, events,
 * remembered evidence. Only known values go: ids, names and accepted evidence have to stay as they are.
 */
export function storeWithoutSecrets(store: Store, secrets: readonly string[]): Store {
  if (secrets.length === 0) return store
  const clean = redactKnown(secretForms(secrets))
  const deep = <T>(value: T): T => deeplyCleaned(value, clean) as T
  const told: Partial<Store> = {
    suspendRun: (run, state, reason, at, ...rest) => store.suspendRun(run, state, deep(reason), at, ...rest),
    giveBack: (claim, back, at) => store.giveBack(claim, deep(back), at),
    fail: (claim, failure, at) => store.fail(claim, deep(failure), at),
    needHuman: (claim, reason, at) => store.needHuman(claim, clean(reason), at),
    finishAttempt: (claim, attempt, end, at) =>
      store.finishAttempt(claim, attempt, { ...end, outcome: deep(end.outcome) }, at),
    recordReturn: (run, landingReturn, needsHuman, at) =>
      store.recordReturn(run, deep(landingReturn), deep(needsHuman), at),
    keepEvidence: (key, value, at) => store.keepEvidence(key, clean(value), at),
    append: (events, at) => store.append(deep(events), at),
  }
  return new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(told, name) ?? Reflect.get(target, name)
      return typeof method === 'function' ? method.bind(target) : method
    },
  })
}

function deeplyCleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => deeplyCleaned(item, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, deeplyCleaned(item, clean)]))
}
