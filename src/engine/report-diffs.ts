import { diffFiles } from '../domain/diff-files.ts'
import type { DiffPart, WantedDiff } from '../domain/diff-part.ts'
import { createGitCommand } from '../git/git-command.ts'
import { type FoundDiff, textDiffs } from '../git/text-diffs.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { redactKnown } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'

/** Of one part of one task. */
const BOUNDS = { files: 20, lines: 300, width: 400 }
/** Characters of all of them together; more would not have room in a report anyway. */
const MOST = 4_000_000

/** What tasks changed, for a report of their run, by task; works beside a live run. */
export async function reportDiffs(request: {
  readonly stateDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly wanted: readonly WantedDiff[]
  /** Not shown. */
  readonly secrets: readonly string[]
}): Promise<Map<string, DiffPart[]>> {
  const { stateDirectory, env, wanted } = request
  const git = createGitCommand({ exec: createExec({ ownerId: systemClock.id(16) }), env, cwd: '/' })
  const clean = redactKnown(secretForms(request.secrets))
  const parts = wanted.map(
    ({ part }): DiffPart => ({
      part,
      shown: { leftOut: 'the diffs before it are all that a report can hold' },
    }),
  )
  let held = 0
  await textDiffs(git, { stateDirectory, pairs: wanted }, (index, diff) => {
    const asked = wanted[index]
    if (asked !== undefined) parts[index] = { part: asked.part, shown: shownOf(diff, clean) }
    held += Math.min('text' in diff ? diff.text.length : 0, BOUNDS.lines * BOUNDS.width)
    return held < MOST
  })
  const byTask = new Map<string, DiffPart[]>()
  for (const [index, { task }] of wanted.entries()) {
    const part = parts[index]
    if (part !== undefined) byTask.set(task, [...(byTask.get(task) ?? []), part])
  }
  return byTask
}

function shownOf(diff: FoundDiff, clean: (text: string) => string): DiffPart['shown'] {
  if ('text' in diff) return diffFiles(clean(diff.text), BOUNDS)
  return {
    leftOut:
      diff.missing === 'gone' ? 'its objects are no longer kept' : 'it is larger than a report can hold',
  }
}
