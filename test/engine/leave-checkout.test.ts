import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { leaveCheckout } from '../../src/engine/leave-checkout.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'

it('leaves a branch where it is checked out, and keeps what is known of every other place that is gone', async () => {
  const repo = tempRepo()
  const places = ['there', 'gone for good', 'locked', 'not mounted now'].map((name) =>
    join(repo.directory, name),
  )
  const [there = '', gone = '', locked = '', others = ''] = places
  for (const [at, place] of places.entries()) repo.git('worktree', 'add', '--quiet', '-b', `b${at}`, place)
  for (const place of [gone, locked, others]) rmSync(place, { recursive: true })
  repo.git('worktree', 'lock', locked)
  const git = await openTempGit(repo)
  for (const [at, place] of [there, gone, locked].entries()) {
    expect(await git.checkedOut(`b${at}`)).toEqual([place])
    const line = leaveCheckout(git.repository.gitDir, place)
    execFileSync('sh', ['-ec', line], { cwd: repo.root, env: { ...repo.env }, stdio: 'pipe' })
    expect(await git.checkedOut(`b${at}`), line).toEqual([])
  }
  expect(await git.checkedOut('b3')).toEqual([others])
})
