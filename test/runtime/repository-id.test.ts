import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { discover } from '../../src/git/discover.ts'
import { createGitCommand } from '../../src/git/git-command.ts'
import { tempRepo } from '../support/temp-repo.ts'

/** What git itself says about a directory. */
async function asGitSays(directory: string, env: Readonly<Record<string, string>>) {
  const exec = createExec({ ownerId: systemClock.id() })
  const { facts } = await discover(createGitCommand({ exec, env, cwd: '/' }), directory)
  return { root: facts.root, workTree: facts.workTree, gitDir: facts.gitDir, id: facts.id }
}

describe('the place of a repository, found without git', () => {
  it('is what git answers, at the top, in a subdirectory and through a link', async () => {
    const repo = tempRepo({ 'src/deep/a.js': '' })
    const link = join(repo.directory, 'link')
    symlinkSync(repo.root, link)
    for (const directory of [repo.root, join(repo.root, 'src/deep'), join(link, 'src')]) {
      expect(findRepository(directory)).toEqual(await asGitSays(directory, repo.env))
    }
  })

  it('is what git answers in a linked work tree: the state is shared', async () => {
    const repo = tempRepo()
    const linked = join(repo.directory, 'linked')
    repo.git('worktree', 'add', '--quiet', '--detach', linked)
    expect(findRepository(linked)).toEqual(await asGitSays(linked, repo.env))
    const { root, id } = findRepository(repo.root) ?? expect.unreachable()
    expect(findRepository(linked)).toMatchObject({ root, id, workTree: linked })
  })

  it('is what git answers in a work tree of a bare repository and in one with its git directory elsewhere', async () => {
    const repo = tempRepo()
    const [bare, work, apart] = ['bare.git', 'work', 'apart'].map((name) => join(repo.directory, name)) as [
      string,
      string,
      string,
    ]
    repo.git('clone', '--quiet', '--bare', repo.root, bare)
    repo.git('-C', bare, 'worktree', 'add', '--quiet', '--detach', work)
    repo.git('clone', '--quiet', `--separate-git-dir=${join(repo.directory, 'git')}`, repo.root, apart)
    for (const directory of [work, apart]) {
      expect(findRepository(directory)).toEqual(await asGitSays(directory, repo.env))
    }
  })

  it('is null outside of any repository', () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tdd-none-')))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    mkdirSync(join(directory, '.git'))
    expect(() => execFileSync('git', ['rev-parse'], { cwd: directory, stdio: 'ignore' })).toThrow()
    expect(findRepository(directory)).toBeNull()
    expect(findRepository(join(directory, 'missing'))).toBeNull()
  })
})
