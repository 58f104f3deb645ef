import { detectSuites } from '../config/detect-suites.ts'
import type { Suite } from '../domain/suite.ts'
import type { Bench } from './open.ts'

/** What was found in the files of a repository. */
interface Survey {
  readonly suites: readonly Suite[]
  /** What a person should know: what was assumed, what was left out. */
  readonly notes: readonly string[]
}

/** The suites in the files of HEAD, as a run would find them without a configuration. */
export async function surveyHead({ workshop }: Pick<Bench, 'workshop'>): Promise<Survey> {
  const { git } = workshop
  const head = await git.resolve('HEAD')
  if (head === null) return { suites: [], notes: [] }
  const files = await git.files((await git.readCommit(head)).tree)
  return detectSuites({
    files: [...files.keys()],
    read: async (path) => {
      const entry = files.get(path)
      return entry === undefined ? null : (await git.readBlob(entry.id)).toString('utf8')
    },
  })
}
