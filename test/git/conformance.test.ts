import { join } from 'node:path'
import { gitConformance } from '../conformance/git.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'

gitConformance('git', async (files) => {
  const repo = tempRepo(files, { branch: 'main' })
  return {
    git: await openTempGit(repo),
    move: async (branch, to) => {
      if (to === null) repo.git('branch', '-q', '-D', branch)
      else repo.git('branch', '-q', '-f', branch, to)
    },
    commitOn: async (branch, changes) => {
      repo.git('checkout', '-q', branch)
      const made = repo.commit(changes)
      repo.git('checkout', '-q', '--detach', 'main')
      return made
    },
    checkOut: async (branch) => {
      repo.git('worktree', 'add', '-q', join(repo.directory, 'work-tree'), branch)
    },
  }
})
