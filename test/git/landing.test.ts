import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Git } from '../../src/git/git.ts'
import type { Exec } from '../../src/runtime/exec.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempRepo, tempRepo } from '../support/temp-repo.ts'

const PERSON = { name: 'Engine', email: 'engine@example.com' }

/** A commit on `parent` that adds one file, in the private database. */
async function commitOn(git: Git, parent: string, path: string, content = `${path}\n`): Promise<string> {
  const { tree } = await git.readCommit(parent)
  const changed = await git.compose(
    tree,
    new Map([[path, { mode: '100644', content: Buffer.from(content) }]]),
  )
  const at = 1_700_000_100_000
  return await git.commit({
    tree: changed,
    parents: [parent],
    message: `Add ${path}\n`,
    author: PERSON,
    committer: PERSON,
    at,
  })
}

async function prepared(): Promise<{ repo: TempRepo; git: Git; base: string; commit: string }> {
  const repo = tempRepo({ 'a.txt': 'a\n' })
  const git = await openTempGit(repo)
  const base = repo.git('rev-parse', 'HEAD')
  await git.createBranch('tdd/plan', base)
  await git.takeFence('tdd/plan', 'token-1')
  return { repo, git, base, commit: await commitOn(git, base, 'landed/new.txt') }
}

describe('land', () => {
  it('puts the commit, its objects and the further branches into the repository', async () => {
    const { repo, git, base, commit } = await prepared()
    const second = await commitOn(git, base, 'other.txt')
    const request = { target: 'tdd/plan', expected: base, commit, fence: 'token-1' }
    expect(await git.land({ ...request, branches: [{ name: 'tdd/run/A-1', at: second }] })).toEqual({
      kind: 'landed',
    })
    expect(repo.git('rev-parse', 'tdd/plan', 'tdd/run/A-1').split('\n')).toEqual([commit, second])
    expect(repo.git('show', 'tdd/plan:landed/new.txt')).toBe('landed/new.txt')
    expect(repo.git('fsck', '--strict', '--connectivity-only', '--no-dangling')).toBe('')
    expect(await git.readRef('refs/heads/tdd/plan')).toBe(commit)
  })

  it('hands over nothing that the repository has', async () => {
    const { repo, git, base, commit } = await prepared()
    const before = Number(/count: (\d+)/.exec(repo.git('count-objects', '-v'))?.[1])
    await git.land({ target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] })
    const after = Number(/count: (\d+)/.exec(repo.git('count-objects', '-v'))?.[1])
    // The commit, two trees, one blob.
    expect(after - before).toBe(4)
  })

  it('hands over a landing of many files', async () => {
    const { repo, git, base } = await prepared()
    const files = Array.from(
      { length: 500 },
      (_, at) => [`many/f${at}`, { mode: '100644', content: Buffer.from(`${at}`) }] as const,
    )
    const tree = await git.compose((await git.readCommit(base)).tree, new Map(files))
    const commit = await git.commit({
      tree,
      parents: [base],
      message: 'Many\n',
      author: PERSON,
      committer: PERSON,
      at: 1,
    })
    expect(
      await git.land({ target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }),
    ).toEqual({ kind: 'landed' })
    expect(repo.git('fsck', '--strict', '--connectivity-only', '--no-dangling')).toBe('')
    expect(repo.git('show', 'tdd/plan:many/f499')).toBe('499')
  })

  it('is refused when another token holds the fence', async () => {
    const { repo, git, base, commit } = await prepared()
    const successor = await openTempGit(repo)
    await successor.takeFence('tdd/plan', 'token-2')
    const request = { target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }
    expect(await git.land(request)).toEqual({ kind: 'fenced' })
    expect(repo.git('rev-parse', 'tdd/plan')).toBe(base)
    expect(await successor.land({ ...request, fence: 'token-2' })).toEqual({ kind: 'landed' })
  })

  const rivals: readonly (readonly [string, string, (rival: Git, repo: TempRepo) => Promise<void> | void])[] =
    [
      ['fenced', 'the fence is taken', (rival) => rival.takeFence('tdd/plan', 'token-2')],
      ['moved', 'the target moves', (_, repo) => void repo.git('branch', '-f', 'tdd/plan', 'main')],
      ['moved', 'the target is deleted', (_, repo) => void repo.git('branch', '-D', 'tdd/plan')],
    ]
  it.each(rivals)(
    'ends as %s, refused by git itself, when after our last check %s',
    async (kind, _, interfere) => {
      const { repo, git, base, commit } = await prepared()
      repo.commit({ 'later.txt': 'l' })
      const exec = createExec({ ownerId: 'test' })
      const isLanding = (argv: readonly string[]) => argv.some((word) => word.endsWith(': landing'))
      const late: Exec = {
        ...exec,
        host: async (command) => {
          if (isLanding(command.argv)) await interfere(git, repo)
          return await exec.host(command)
        },
      }
      const stale = await openTempGit(repo, repo.root, late)
      const outcome = await stale.land({
        target: 'tdd/plan',
        expected: base,
        commit,
        fence: 'token-1',
        branches: [],
      })
      expect(outcome.kind).toBe(kind)
      expect(repo.git('for-each-ref', '--contains', commit, 'refs/heads')).toBe('')
    },
  )

  it('is not kept off by the fence of a target that is gone, whose name has no room beside this one', async () => {
    const { repo, git, base, commit } = await prepared()
    repo.git('branch', '-D', 'tdd/plan')
    for (const target of ['tdd', 'tdd/plan/more']) {
      repo.git('branch', target, base)
      await git.takeFence(target, 'token-2')
      expect(
        await git.land({ target, expected: base, commit, fence: 'token-2', branches: [] }),
        target,
      ).toEqual({ kind: 'landed' })
      repo.git('branch', '-D', target)
    }
  })

  it('says where a moved target is, and that a deleted one is gone', async () => {
    const { repo, git, base, commit } = await prepared()
    const other = await commitOn(git, base, 'other.txt')
    const request = { target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }
    await git.land({ ...request, commit: other })
    expect(await git.land(request)).toEqual({ kind: 'moved', head: other })
    repo.git('branch', '-D', 'tdd/plan')
    expect(await git.land(request)).toEqual({ kind: 'moved', head: null })
  })

  it('counts a landing that happened already as landed', async () => {
    const { git, base, commit } = await prepared()
    const request = { target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }
    await git.land(request)
    expect(await git.land(request)).toEqual({ kind: 'landed' })
  })

  it('can be repeated when it was cut off between objects and refs', async () => {
    const { repo, git, base, commit } = await prepared()
    const exec = createExec({ ownerId: 'test' })
    const cutOff: Exec = {
      ...exec,
      host: async (command) => {
        if (command.argv.includes('update-ref')) throw new Error('cut off')
        return await exec.host(command)
      },
    }
    const request = { target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }
    const dying = await openTempGit(repo, repo.root, cutOff)
    await expect(dying.land(request)).rejects.toThrow('cut off')
    expect(repo.git('cat-file', '-t', commit)).toBe('commit')
    expect(repo.git('rev-parse', 'tdd/plan')).toBe(base)
    expect(await git.land(request)).toEqual({ kind: 'landed' })
  })

  it('lets exactly one of two concurrent landers win', async () => {
    const { repo, git, base } = await prepared()
    const other = await openTempGit(repo)
    const commits = await Promise.all([commitOn(git, base, 'one.txt'), commitOn(other, base, 'two.txt')])
    const request = { target: 'tdd/plan', expected: base, fence: 'token-1', branches: [] }
    const outcomes = await Promise.all([
      git.land({ ...request, commit: commits[0] ?? '' }),
      other.land({ ...request, commit: commits[1] ?? '' }),
    ])
    const winner = outcomes.findIndex(({ kind }) => kind === 'landed')
    expect(outcomes[1 - winner]).toEqual({ kind: 'moved', head: commits[winner] })
    expect(repo.git('rev-parse', 'tdd/plan')).toBe(commits[winner])
  })

  it('refuses a target that is checked out in any work tree', async () => {
    const { repo, git, base, commit } = await prepared()
    const linked = join(repo.directory, 'linked tree')
    repo.git('worktree', 'add', '--quiet', linked, 'tdd/plan')
    const outcome = await git.land({
      target: 'tdd/plan',
      expected: base,
      commit,
      fence: 'token-1',
      branches: [],
    })
    expect(outcome).toEqual({ kind: 'checked_out', workTrees: [linked] })
    expect(repo.git('rev-parse', 'tdd/plan')).toBe(base)
  })

  it('names the lock file that a killed git left behind', async () => {
    const { repo, git, base, commit } = await prepared()
    const lock = join(repo.root, '.git/refs/heads/tdd/plan.lock')
    writeFileSync(lock, '')
    const request = { target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }
    await expect(git.land(request)).rejects.toMatchObject({
      code: 'git_failed',
      message: expect.stringContaining(lock) as string,
    })
    expect(repo.git('rev-parse', 'tdd/plan')).toBe(base)
  })

  it('changes neither index nor HEAD nor configuration nor any file of the checkout', async () => {
    const { repo, git, base, commit } = await prepared()
    repo.write({ 'a.txt': 'dirty\n', 'untracked.txt': 'u\n' })
    writeFileSync(join(repo.root, '.git/index.lock'), '')
    const watched = ['.git/index', '.git/HEAD', '.git/config', 'a.txt', 'untracked.txt'].map((name) =>
      join(repo.root, name),
    )
    const look = () =>
      watched.map((file) => [readFileSync(file).toString('hex'), statSync(file).mtimeMs, statSync(file).ino])
    const before = look()
    expect(
      await git.land({ target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] }),
    ).toEqual({ kind: 'landed' })
    await git.writeNote(commit, 'evidence')
    expect(look()).toEqual(before)
    expect(existsSync(join(repo.root, 'landed'))).toBe(false)
    expect(repo.git('rev-parse', 'main')).toBe(base)
  })

  it('refuses names that are none', async () => {
    const { git, base, commit } = await prepared()
    const request = { expected: base, commit, fence: 'token-1', branches: [] }
    await expect(git.land({ ...request, target: '-x' })).rejects.toMatchObject({ code: 'usage' })
    await expect(git.createBranch('a..b', base)).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('createBranch', () => {
  it('leaves an existing branch where it is', async () => {
    const { repo, git, base, commit } = await prepared()
    await git.land({ target: 'tdd/plan', expected: base, commit, fence: 'token-1', branches: [] })
    expect(await git.createBranch('tdd/plan', base)).toBe('exists')
    expect(repo.git('rev-parse', 'tdd/plan')).toBe(commit)
    expect(await git.createBranch('tdd/other', base)).toBe('created')
  })

  it('tells why git refuses a branch whose name is a directory of branches', async () => {
    const { git, base } = await prepared()
    await expect(git.createBranch('tdd', base)).rejects.toMatchObject({
      code: 'git_failed',
      message: expect.stringContaining('tdd') as string,
    })
  })
})

describe('checkedOut', () => {
  it('finds the branch in the main work tree and nowhere else', async () => {
    const { repo, git } = await prepared()
    expect(await git.checkedOut('main')).toEqual([repo.root])
    expect(await git.checkedOut('tdd/plan')).toEqual([])
    repo.git('checkout', '--quiet', '--detach')
    expect(await git.checkedOut('main')).toEqual([])
  })

  it('finds a branch that a rebase has taken off HEAD', async () => {
    const repo = tempRepo({ 'a.txt': 'a\n' })
    repo.git('checkout', '--quiet', '-b', 'topic')
    repo.commit({ 'a.txt': 'topic\n' })
    repo.git('checkout', '--quiet', 'main')
    repo.commit({ 'a.txt': 'main\n' })
    const linked = join(repo.directory, 'linked')
    repo.git('worktree', 'add', '--quiet', linked, 'topic')
    expect(() => repo.git('-C', linked, 'rebase', 'main')).toThrow('could not apply')
    const git = await openTempGit(repo)
    expect(await git.checkedOut('topic')).toEqual([linked])
  })

  it('finds a branch that is being bisected', async () => {
    const repo = tempRepo({ 'a.txt': '0\n' })
    const first = repo.git('rev-parse', 'HEAD')
    for (const content of ['1', '2', '3', '4']) repo.commit({ 'a.txt': content })
    repo.git('bisect', 'start', 'HEAD', first)
    const git = await openTempGit(repo)
    expect(await git.checkedOut('main')).toEqual([repo.root])
  })

  it('follows a branch that is a link to another', async () => {
    const { repo, git } = await prepared()
    repo.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main')
    expect(await git.checkedOut('alias')).toEqual([repo.root])
  })

  it('finds a branch behind the link that HEAD names, or that HEAD is', async () => {
    const { repo, git } = await prepared()
    repo.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main')
    repo.git('symbolic-ref', 'HEAD', 'refs/heads/alias')
    expect(await git.checkedOut('main')).toEqual([repo.root])
    const head = join(repo.root, '.git/HEAD')
    rmSync(head)
    symlinkSync('refs/heads/main', head)
    expect(await git.checkedOut('main')).toEqual([repo.root])
    expect(await git.checkedOut('tdd/plan')).toEqual([])
  })

  it('starts no git for a branch that no file of the repository names', async () => {
    const { repo, base } = await prepared()
    repo.git('worktree', 'add', '--quiet', '--detach', join(repo.directory, 'detached'))
    repo.git('worktree', 'add', '--quiet', '-b', 'other', join(repo.directory, 'other'))
    const started: string[] = []
    const exec = createExec({ ownerId: 'test' })
    const heard: Exec = {
      ...exec,
      host: (command) => {
        started.push(...command.argv)
        return exec.host(command)
      },
    }
    const git = await openTempGit(repo, repo.root, heard)
    started.splice(0)
    expect(await git.checkedOut('tdd/plan')).toEqual([])
    repo.git('pack-refs', '--all')
    expect(await git.checkedOut('tdd/plan')).toEqual([])
    expect(started).toEqual([])
    repo.git('update-ref', '--no-deref', 'HEAD', base)
    expect(await git.checkedOut('other')).toEqual([join(repo.directory, 'other')])
  })
})

describe('takeFence', () => {
  it('leaves the last of many takers in place', async () => {
    const { repo, git } = await prepared()
    const other = await openTempGit(repo)
    const tokens = Array.from({ length: 6 }, (_, at) => `token-${at}`)
    await Promise.all(tokens.map((token, at) => (at % 2 === 0 ? git : other).takeFence('tdd/plan', token)))
    expect(tokens).toContain(repo.git('cat-file', '-p', 'refs/tdd/fence/tdd/plan'))
    await git.takeFence('tdd/plan', 'last')
    expect(repo.git('cat-file', '-p', 'refs/tdd/fence/tdd/plan')).toBe('last')
  })
})
