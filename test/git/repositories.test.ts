import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempRepo, tempRepo } from '../support/temp-repo.ts'

/** Runs git in another directory, with the configuration of the repository's person. */
function gitIn(repo: TempRepo, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: repo.directory,
    env: repo.env,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
}

describe('openGit', () => {
  it('finds the repository from a subdirectory and through a link', async () => {
    const repo = tempRepo({ 'deep/er/file': 'x' })
    const link = join(repo.directory, 'link')
    symlinkSync(repo.root, link)
    const git = await openTempGit(repo, join(link, 'deep/er'))
    expect(git.repository).toMatchObject({
      root: repo.root,
      gitDir: join(repo.root, '.git'),
      objectFormat: 'sha1',
    })
    expect((await openTempGit(repo)).repository.id).toBe(git.repository.id)
    expect(git.repository.id).toMatch(/^[0-9a-f]{16}$/)
  })

  it('works in a linked work tree, whose HEAD is its own', async () => {
    const repo = tempRepo()
    const linked = join(repo.directory, 'linked')
    repo.git('worktree', 'add', '--quiet', '-b', 'topic', linked)
    repo.git('-C', linked, 'commit', '--quiet', '--allow-empty', '-m', 'topic')
    const git = await openTempGit(repo, linked)
    expect(git.repository).toMatchObject({ root: repo.root, gitDir: join(repo.root, '.git') })
    expect(await git.resolve('HEAD')).toBe(repo.git('rev-parse', 'topic'))
  })

  it('works in a work tree of a bare repository', async () => {
    const repo = tempRepo()
    const bare = join(repo.directory, 'bare.git')
    gitIn(repo, 'clone', '--quiet', '--bare', repo.root, bare)
    const linked = join(repo.directory, 'linked')
    gitIn(repo, '-C', bare, 'worktree', 'add', '--quiet', linked, 'main')
    const git = await openTempGit(repo, linked)
    expect(git.repository).toMatchObject({ root: linked, gitDir: bare })
    expect(await git.checkedOut('main')).toContain(linked)
  })

  it('works in a submodule', async () => {
    const inner = tempRepo({ inner: 'i' })
    const repo = tempRepo()
    repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'sub')
    const git = await openTempGit(repo, join(repo.root, 'sub'))
    expect(git.repository.root).toBe(join(repo.root, 'sub'))
    expect(await git.resolve('HEAD')).toBe(inner.git('rev-parse', 'HEAD'))
  })

  it('works with a detached head', async () => {
    const repo = tempRepo()
    repo.git('checkout', '--quiet', '--detach')
    const git = await openTempGit(repo)
    expect(await git.resolve('HEAD')).toBe(repo.git('rev-parse', 'HEAD'))
  })

  it('works in a repository of sha256', async () => {
    const repo = tempRepo({ 'a/b': 'b' }, { objectFormat: 'sha256' })
    const git = await openTempGit(repo)
    const head = (await git.resolve('HEAD')) ?? ''
    const { tree } = await git.readCommit(head)
    expect(git.repository).toMatchObject({
      objectFormat: 'sha256',
      emptyTree: repo.git('hash-object', '-t', 'tree', '/dev/null'),
    })
    const changed = await git.compose(tree, new Map([['a/c', { mode: '100644', content: Buffer.from('c') }]]))
    const person = { name: 'A', email: 'a@b.c' }
    const commit = await git.commit({
      tree: changed,
      parents: [head],
      message: 'm\n',
      author: person,
      committer: person,
      at: 1,
    })
    await git.createBranch('tdd/x', head)
    await git.takeFence('tdd/x', 't')
    expect(await git.land({ target: 'tdd/x', expected: head, commit, fence: 't', branches: [] })).toEqual({
      kind: 'landed',
    })
    await git.writeNote(commit, 'note')
    expect(repo.git('show', 'tdd/x:a/c')).toBe('c')
    expect(await git.readNote(commit)).toBe('note')
  })

  it('works in a shallow clone, whose history ends', async () => {
    const origin = tempRepo()
    origin.commit({ a: '1' })
    origin.commit({ a: '2' })
    gitIn(origin, 'clone', '--quiet', '--depth=2', `file://${origin.root}`, join(origin.directory, 'shallow'))
    const git = await openTempGit(origin, join(origin.directory, 'shallow'))
    const head = (await git.resolve('HEAD')) ?? ''
    const { parents, tree } = await git.readCommit(head)
    expect(await git.firstParents(null, head)).toEqual([parents[0], head])
    const person = { name: 'A', email: 'a@b.c' }
    const commit = await git.commit({
      tree,
      parents: [parents[0] ?? ''],
      message: 'm\n',
      author: person,
      committer: person,
      at: 1,
    })
    expect(await git.mergeTrees(head, commit)).toEqual({ kind: 'clean', tree })
    await git.createBranch('tdd/x', head)
    await git.takeFence('tdd/x', 't')
    const merge = await git.commit({
      tree,
      parents: [head, commit],
      message: 'm\n',
      author: person,
      committer: person,
      at: 1,
    })
    expect(
      await git.land({ target: 'tdd/x', expected: head, commit: merge, fence: 't', branches: [] }),
    ).toEqual({ kind: 'landed' })
  })

  it('says which object a partial clone lacks, and fetches nothing', async () => {
    const origin = tempRepo({ a: 'content' })
    origin.git('config', 'uploadpack.allowFilter', 'true')
    const partial = join(origin.directory, 'partial')
    gitIn(origin, 'clone', '--quiet', '--no-checkout', '--filter=blob:none', `file://${origin.root}`, partial)
    const git = await openTempGit(origin, partial)
    const files = await git.files((await git.readCommit((await git.resolve('HEAD')) ?? '')).tree)
    const blob = files.get('a')?.id ?? ''
    await expect(git.readBlob(blob)).rejects.toMatchObject({
      code: 'git_failed',
      hint: expect.stringContaining('partial clone') as string,
    })
  })

  it('keeps its database beside another process that opens it at the same time', async () => {
    const repo = tempRepo()
    const gits = await Promise.all([openTempGit(repo), openTempGit(repo), openTempGit(repo)])
    const head = repo.git('rev-parse', 'HEAD')
    expect(await Promise.all(gits.map(async (git) => (await git.readCommit(head)).id))).toEqual([
      head,
      head,
      head,
    ])
  })

  it('works where paths hold quotes, backslashes and line feeds', async () => {
    const repo = tempRepo()
    const odd = join(repo.directory, 'odd "\\\n name')
    mkdirSync(odd)
    gitIn(repo, 'clone', '--quiet', '--no-hardlinks', repo.root, join(odd, 'clone'))
    const git = await openTempGit({ ...repo, state: join(odd, 'state') }, join(odd, 'clone'))
    expect(git.repository.root).toBe(realpathSync(join(odd, 'clone')))
    expect((await git.readCommit(repo.git('rev-parse', 'HEAD'))).message).toBe('Begin\n')
    expect(await git.checkedOut('main')).toEqual([git.repository.root])
  })

  it('ends quietly when it is closed twice', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    await git.readCommit(repo.git('rev-parse', 'HEAD'))
    await git.close()
    await git.close()
    await expect(git.readBlob('1'.repeat(40))).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('openGit refuses', () => {
  it('a directory without a repository, and one that is not there', async () => {
    const repo = tempRepo()
    await expect(openTempGit(repo, repo.home)).rejects.toMatchObject({ code: 'repository_missing' })
    await expect(openTempGit(repo, join(repo.directory, 'none'))).rejects.toMatchObject({
      code: 'repository_missing',
    })
  })

  it('a bare repository', async () => {
    const repo = tempRepo()
    gitIn(repo, 'clone', '--quiet', '--bare', repo.root, 'bare.git')
    await expect(openTempGit(repo, join(repo.directory, 'bare.git'))).rejects.toMatchObject({
      code: 'repository_unsupported',
      message: expect.stringContaining('bare') as string,
    })
  })

  it('a repository made anew with other ids where another one was', async () => {
    const repo = tempRepo()
    await (await openTempGit(repo)).close()
    const other = tempRepo(undefined, { objectFormat: 'sha256' })
    await expect(openTempGit({ ...other, state: repo.state })).rejects.toMatchObject({
      code: 'repository_unsupported',
      message: expect.stringContaining('sha256') as string,
    })
    expect(await (await openTempGit(repo)).resolve('HEAD')).toBe(repo.git('rev-parse', 'HEAD'))
  })

  it('the inside of a git directory', async () => {
    const repo = tempRepo()
    await expect(openTempGit(repo, join(repo.root, '.git/refs'))).rejects.toMatchObject({
      code: 'repository_unsupported',
    })
  })

  it('a repository without a commit, and an unborn branch', async () => {
    const empty = tempRepo({})
    await expect(openTempGit(empty)).rejects.toMatchObject({
      code: 'repository_unsupported',
      message: expect.stringContaining('no commit') as string,
    })
    const repo = tempRepo()
    repo.git('checkout', '--quiet', '--orphan', 'unborn')
    await expect(openTempGit(repo)).rejects.toMatchObject({ code: 'repository_unsupported' })
  })

  it('a repository of somebody else, until its person trusts it', async () => {
    // Only root can give files away: a variable has git itself take it for that.
    const script = '#!/bin/sh\nexport GIT_TEST_ASSUME_DIFFERENT_OWNER=1 PATH="${PATH#*:}"\nexec git "$@"\n'
    const taking = tempRepo({ git: { script } })
    const made = tempRepo()
    const repo = { ...made, env: { ...made.env, PATH: `${taking.root}:${made.env['PATH']}` } }
    await expect(openTempGit(repo)).rejects.toMatchObject({
      code: 'repository_unsupported',
      message: expect.stringContaining('dubious ownership') as string,
    })
    appendFileSync(join(repo.home, '.gitconfig'), `[safe]\n\tdirectory = ${repo.root}\n`)
    const git = await openTempGit(repo)
    expect(await git.createBranch('tdd/x', (await git.resolve('HEAD')) ?? '')).toBe('created')
  })

  it('a machine without git', async () => {
    const repo = tempRepo()
    const nowhere = { ...repo, env: { ...repo.env, PATH: repo.home } }
    await expect(openTempGit(nowhere)).rejects.toMatchObject({ code: 'git_missing' })
  })

  it('a git that is too old', async () => {
    const repo = tempRepo()
    const old = tempRepo({ git: { script: '#!/bin/sh\necho git version 2.37.9\n' } })
    const path = `${old.root}:${repo.env['PATH']}`
    await expect(openTempGit({ ...repo, env: { ...repo.env, PATH: path } })).rejects.toMatchObject({
      code: 'git_missing',
      message: expect.stringContaining('2.38') as string,
    })
  })
})

describe('resolve', () => {
  it('peels branches, tags, relative names and abbreviations to a commit', async () => {
    const repo = tempRepo()
    const first = repo.git('rev-parse', 'HEAD')
    const second = repo.commit({ x: 'x' })
    repo.git('tag', '-a', '-m', 'annotated', 'v1', first)
    const git = await openTempGit(repo)
    const names = [
      'main',
      'v1',
      'HEAD~1',
      second.slice(0, 10),
      'refs/heads/main',
      repo.git('rev-parse', 'v1'),
    ]
    expect(await Promise.all(names.map((name) => git.resolve(name)))).toEqual([
      second,
      first,
      first,
      second,
      second,
      first,
    ])
  })

  it('answers null to what names no commit, and never takes a name for an option', async () => {
    const repo = tempRepo({ a: 'a' })
    const git = await openTempGit(repo)
    const names = [
      '',
      'none',
      '--all',
      '-q',
      '--git-dir',
      'HEAD:a',
      'HEAD^{tree}',
      'a..b',
      '^main',
      'main\nmain',
      'f'.repeat(40),
    ]
    expect(await Promise.all(names.map((name) => git.resolve(name)))).toEqual(names.map(() => null))
  })
})

describe('author', () => {
  it('is the one of the person, the repository before the home', async () => {
    const repo = tempRepo()
    expect(await (await openTempGit(repo)).author()).toEqual({
      name: 'Ada Example',
      email: 'ada@example.com',
    })
    repo.git('config', 'user.email', 'work@example.com')
    expect(await (await openTempGit(repo)).author()).toEqual({
      name: 'Ada Example',
      email: 'work@example.com',
    })
  })

  it('is null when nobody said', async () => {
    const repo = tempRepo(undefined, { anonymous: true })
    expect(await (await openTempGit(repo)).author()).toBeNull()
  })

  it('is not needed for branches, landings and notes', async () => {
    const repo = tempRepo(undefined, { anonymous: true })
    repo.git('config', 'user.useConfigOnly', 'true')
    const head = repo.git('rev-parse', 'HEAD')
    const git = await openTempGit(repo)
    expect(await git.createBranch('tdd/x', head)).toBe('created')
    await git.takeFence('tdd/x', 't')
    await git.writeNote(head, 'note')
    expect(await git.readNote(head)).toBe('note')
  })
})

describe('history', () => {
  it('lists first parents between two commits, oldest first', async () => {
    const repo = tempRepo()
    const base = repo.git('rev-parse', 'HEAD')
    const one = repo.commit({ one: '1' })
    repo.git('checkout', '--quiet', '-b', 'side', base)
    const side = repo.commit({ side: 's' })
    repo.git('checkout', '--quiet', 'main')
    repo.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'side')
    const merge = repo.git('rev-parse', 'HEAD')
    const last = repo.commit({ last: 'l' })
    const git = await openTempGit(repo)
    expect(await git.firstParents(base, last)).toEqual([one, merge, last])
    expect(await git.firstParents(null, last)).toEqual([base, one, merge, last])
    expect(await git.firstParents(null, last, 2)).toEqual([merge, last])
    expect([await git.isAncestor(side, last), await git.isAncestor(last, side)]).toEqual([true, false])
  })
})
