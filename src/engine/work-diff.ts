import type { Attempt } from '../domain/attempt.ts'
import type { CommitId, TreeId } from '../domain/evidence.ts'
import { createGitCommand } from '../git/git-command.ts'
import { textDiff } from '../git/text-diff.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { redactKnown } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'

/** What an attempt left, and what it started from. */
interface LeftWork {
  readonly attempt: number
  readonly stage: Attempt['stage']
  readonly verdict: 'accepted' | 'refused'
  readonly from: CommitId
  /** The commit that was accepted, or the tree that was refused. */
  readonly to: TreeId
}

/** The work of the latest of these attempts that left any; null when there is none. */
export function leftWork(attempts: readonly Attempt[]): LeftWork | null {
  const left = attempts.flatMap(({ number: attempt, stage, outcome }): LeftWork[] => {
    if (outcome.kind === 'accepted') {
      const { base, red, green } = outcome.work
      return [{ attempt, stage, verdict: 'accepted', from: base, to: green ?? red }]
    }
    if (outcome.kind !== 'refused' || outcome.tree === null) return []
    return [{ attempt, stage, verdict: 'refused', from: outcome.base, to: outcome.tree }]
  })
  return left.at(-1) ?? null
}

/** The text of a diff between objects of the private repository; works beside a live run. */
export async function workDiff(request: {
  readonly stateDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Not shown. */
  readonly secrets: readonly string[]
  readonly work: Pick<LeftWork, 'from' | 'to'>
}): Promise<string> {
  const exec = createExec({ ownerId: systemClock.id(16) })
  const git = createGitCommand({ exec, env: request.env, cwd: '/' })
  const diff = await textDiff(git, { stateDirectory: request.stateDirectory, ...request.work })
  return redactKnown(secretForms(request.secrets))(diff)
}
