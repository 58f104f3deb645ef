import type { AttemptModel } from '../domain/attempt-model.ts'
import type { TierReason } from '../domain/choose-model.ts'
import { counted } from '../domain/wording.ts'

/** `high (opus): raised by 2 refusals; the same at low (haiku) 0.02 USD`. */
export function modelText({ tier, model, why, refusals, alternatives }: AttemptModel): string {
  const others = alternatives.map((other) => `${other.tier} (${other.model}) ${other.usd.toFixed(2)} USD`)
  const same = others.length === 0 ? '' : `; the same tokens at ${others.join(', at ')}`
  return `tier ${tier}${model === null ? '' : ` (${model})`}: ${WORDS[why](refusals)}${same}`
}

const WORDS: Readonly<Record<TierReason, (refusals: number) => string>> = {
  writes_tests: () => 'tests are always written at the highest',
  complexity: () => 'that of the task',
  refusals: (refusals) => `raised by ${counted(refusals, 'refusal')}`,
  went_before: () => 'an earlier attempt had it',
}
