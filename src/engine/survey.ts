import { detectSuites } from '../config/detect-suites.ts'
import type { Suite } from '../domain/suite.ts'
import type { CommitId } from '../domain/evidence.ts'
import { findProgram } from '../runtime/find-program.ts'
import type { Workshop } from './context.ts'

/** What was found in the files of a repository. */
interface Survey {
  readonly suites: readonly Suite[]
  /** What a person should know: what was assumed, what was left out. */
  readonly notes: readonly string[]
}

/** What a survey reads, and the programs that the user has. */
type SurveyPlace = Pick<Workshop, 'git' | 'environment'>

/** The suites in the files of HEAD, as a run would find them without a configuration. */
export async function surveyHead(place: SurveyPlace): Promise<Survey> {
  const head = await place.git.resolve('HEAD')
  return head === null ? { suites: [], notes: [] } : await survey(place, head)
}

/** The suites that are found in a commit's files. */
export async function suitesAt(place: SurveyPlace, commit: CommitId): Promise<readonly Suite[]> {
  return (await survey(place, commit)).suites
}

async function survey({ git, environment }: SurveyPlace, commit: CommitId): Promise<Survey> {
  const files = await git.files((await git.readCommit(commit)).tree)
  return await detectSuites({
    files: [...files.keys()],
    read: async (path) => {
      const entry = files.get(path)
      return entry === undefined ? null : (await git.readBlob(entry.id)).toString('utf8')
    },
    has: (program) => findProgram(program, { env: environment, cwd: git.repository.workTree }) !== null,
  })
}
