import type { PathChange, RuleFinding } from '../../domain/evidence.ts'
import type { TouchedTest } from '../../domain/proof.ts'
import { findConflictMarkers } from './conflict-markers.ts'
import { findSecrets } from './secrets.ts'
import { checkTests } from './test-quality.ts'

interface RuleRequest {
  readonly changes: readonly PathChange[]
  /** Text of a file before the changes and after them; null where it is not there. */
  readonly before: (path: string) => Promise<string | null>
  readonly after: (path: string) => Promise<string | null>
  /** Secrets that are known by their value. */
  readonly secrets: readonly string[]
  /** Empty where sources are checked. */
  readonly touched: readonly TouchedTest[]
}

/** The rules that changed files break: secrets and conflict markers in all of them, test quality in touched tests. */
export async function findRuleBreaks(request: RuleRequest): Promise<RuleFinding[]> {
  const findings: RuleFinding[] = []
  for (const { path } of request.changes.filter((change) => change.change !== 'deleted')) {
    const text = await request.after(path)
    if (text === null) continue
    const before = await request.before(path)
    findings.push(
      ...findSecrets({ path, text, before, known: request.secrets }),
      ...findConflictMarkers({ path, text, before }),
    )
    findings.push(
      ...checkTests({ path, text }, request.touched).filter((finding) => counts(finding, request.touched)),
    )
  }
  return findings
}

/**
 * A test without visible assertions counts where only a stub or a missing name fails it: it would pass for any sources.
 * What an assertion or the sources themselves fail shows something, and what passes already claims nothing.
 */
function counts(finding: RuleFinding, touched: readonly TouchedTest[]): boolean {
  if (finding.rule !== 'no_assertion') return true
  const standing = touched.find((test) => test.file === finding.file && test.name === finding.test)?.standing
  return standing?.kind === 'fails' && (standing.reason === 'stub' || standing.reason === 'missing_name')
}
