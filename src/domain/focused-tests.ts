import type { RuleFinding } from './evidence.ts'
import type { Canary } from './proof.ts'
import type { Suite } from './suite.ts'

/**
 * Without the silent canaries that `.only` kept from running, which the sources have nothing to do with. The
 * change is refused all the same, for the findings that say where `.only` stands.
 */
export function canariesThatRan(
  canaries: readonly Canary[],
  focus: { readonly suite: Suite; readonly findings: readonly RuleFinding[] },
): Canary[] {
  const focused = new Set(
    focus.findings.filter(({ rule }) => rule === 'focused_test').map(({ file }) => file),
  )
  const everywhere = focus.suite.runner === 'mocha' && focused.size > 0
  return canaries.filter(({ file, caught }) => caught || !(everywhere || focused.has(file)))
}
