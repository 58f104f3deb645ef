import { onTestFinished } from 'vitest'
import type { Git } from '../../src/git/git.ts'
import { openGit } from '../../src/git/open.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Exec } from '../../src/runtime/exec.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import type { TempRepo } from './temp-repo.ts'

/** Opens git on a repository; closed when the test ends. */
export async function openTempGit(
  repo: TempRepo,
  directory = repo.root,
  exec: Exec = createExec({ ownerId: 'test' }),
): Promise<Git> {
  const git = await openGit({
    directory,
    stateDirectory: repo.state,
    exec,
    env: repo.env,
    clock: systemClock,
  })
  onTestFinished(() => git.close())
  return git
}
