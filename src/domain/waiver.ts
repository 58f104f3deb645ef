import type { RefusalCode, Verdict } from './verdict.ts'
import { verdictOf } from './verdict.ts'

/** A person overruled one code of refusals for a piece of work. Stands in its evidence. */
export interface Waiver {
  readonly code: RefusalCode
  readonly reason: string
  /** Who overruled it. */
  readonly person: string
}

/**
 * What a person may overrule, and why: judgements of quality, about which a person who read the work may know better. All
 * else says that the proof is missing, that something broke, or that a file was touched that protects people.
 */
export const WAIVABLE = {
  weak_test: 'a person who read the test may know that it tells enough',
  criterion_uncovered: 'a person can see that a test covers a criterion whose id it does not carry',
  code_quality: 'a rule of style is not what the task promises',
  check_failed: 'a check is a rule of the repository, whose people may make an exception',
  mutant_survived: 'a changed line may leave the behaviour as it is',
  verify_command_failed: 'a command that came with the plan may ask for the wrong thing',
} as const satisfies Partial<Record<RefusalCode, string>>

export type WaivableCode = keyof typeof WAIVABLE

export function isWaivable(code: string): code is WaivableCode {
  return Object.hasOwn(WAIVABLE, code)
}

/** The verdict without the refusals that a person overruled. What may not be overruled stays, whatever was written down. */
export function withoutWaived(verdict: Verdict, waivers: readonly Waiver[]): Verdict {
  if (verdict.accepted) return verdict
  const waived = new Set(waivers.map(({ code }) => code).filter(isWaivable))
  return verdictOf(verdict.refusals.filter(({ code }) => !isWaivable(code) || !waived.has(code)))
}

/** Those that go with the tests, also where sources are written anew. */
export function withoutSourceWaivers(waivers: readonly Waiver[]): readonly Waiver[] {
  return waivers.filter(({ code }) => !OF_SOURCES.includes(code))
}

const OF_SOURCES: readonly RefusalCode[] = ['check_failed', 'mutant_survived', 'verify_command_failed']

/** Waivers of earlier stages with further ones; a code once, with the latest reason. */
export function withWaivers(earlier: readonly Waiver[], further: readonly Waiver[]): readonly Waiver[] {
  const anew = new Set(further.map(({ code }) => code))
  return [...earlier.filter(({ code }) => !anew.has(code)), ...further]
}
