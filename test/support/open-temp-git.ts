import { onTestFinished } from 'vitest'
import type { Git } from '../../src/git/git.ts'
import { openGit } from '../../src/git/open.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import type { TempRepo } from './temp-repo.ts'

/** Opens git on a repository; closed when the test ends. */
export async function openTempGit(repo: TempRepo, directory = repo.root): Promise<Git> {
  const git = await openGit({
    directory,
    stateDirectory: repo.state,
    exec: createExec({ ownerId: 'test' }),
    env: repo.env,
    clock: systemClock,
  })
  onTestFinished(() => git.close())
  return git
}
