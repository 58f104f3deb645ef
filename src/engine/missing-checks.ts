import type { FullEvidence } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import { hasStarted } from '../verify/checks.ts'
import type { RunContext } from './context.ts'

/**
 * Tells once per run of each check that could be started neither at the base nor on the tree. It refuses nothing, since
 * nothing got worse; but who configured it believes that it holds.
 */
export async function tellMissingChecks(
  { run, store, clock, missingChecks }: RunContext,
  suite: Suite,
  checks: FullEvidence['checks'],
): Promise<void> {
  for (const { check, before } of checks) {
    const name = JSON.stringify([suite.name, check.name])
    if (hasStarted(check) || (before !== null && hasStarted(before)) || missingChecks.has(name)) continue
    missingChecks.add(name)
    const data = { suite: suite.name, check: check.name, command: check.command.join(' ') }
    await store.append([{ run, kind: 'check_missing', task: null, attempt: null, data }], clock.now())
  }
}
