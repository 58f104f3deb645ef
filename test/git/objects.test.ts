import { describe, expect, it } from 'vitest'
import type { TreeChanges } from '../../src/git/git.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'

const text = (content: string, mode = '100644') => ({ mode, content: Buffer.from(content) })

describe('reading', () => {
  it('lists the files of a tree as git does', async () => {
    const repo = tempRepo({
      'a.txt': 'a\n',
      'src/one.js': '1\n',
      'src/deep/two.js': '2\n',
      'run.sh': { script: '#!/bin/sh\n' },
      link: { link: 'a.txt' },
    })
    const git = await openTempGit(repo)
    const { tree } = await git.readCommit((await git.resolve('HEAD')) ?? '')
    const listed = Array.from(
      await git.files(tree),
      ([path, entry]) => `${entry.mode} blob ${entry.id}\t${path}`,
    )
    expect(listed.sort()).toEqual(repo.git('ls-tree', '-r', 'HEAD').split('\n').sort())
  })

  it('reads a blob byte by byte, and leaves one that is too large', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256))
    const repo = tempRepo({ binary: bytes, empty: '' })
    const git = await openTempGit(repo)
    const id = repo.git('rev-parse', 'HEAD:binary')
    expect((await git.readBlob(id)).equals(bytes)).toBe(true)
    expect(await git.readBlob(repo.git('rev-parse', 'HEAD:empty'))).toHaveLength(0)
    expect(await git.readSmallBlob(id, 200_000)).toEqual(bytes)
    expect(await git.readSmallBlob(id, 199_999)).toBeNull()
  })

  it('reads the author, time, parents and whole message of a commit', async () => {
    const repo = tempRepo()
    const first = repo.git('rev-parse', 'HEAD')
    const second = repo.commit({ x: 'x' }, 'Subject\n\nBody line\n\nTDD-Task: A-1')
    const git = await openTempGit(repo)
    expect(await git.readCommit(second)).toEqual({
      id: second,
      tree: repo.git('rev-parse', 'HEAD^{tree}'),
      parents: [first],
      author: { name: 'Ada Example', email: 'ada@example.com' },
      authoredAt: 1_700_000_000_000,
      message: 'Subject\n\nBody line\n\nTDD-Task: A-1\n',
    })
  })

  it('answers many questions at once in order', async () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`f${at}`, `content ${at}\n`]))
    const repo = tempRepo(files)
    const git = await openTempGit(repo)
    const entries = await git.files((await git.readCommit(repo.git('rev-parse', 'HEAD'))).tree)
    const read = await Promise.all(
      Array.from(
        entries,
        async ([path, entry]) => [path, (await git.readBlob(entry.id)).toString()] as const,
      ),
    )
    expect(Object.fromEntries(read)).toEqual(files)
  })

  it('says which object is missing and goes on', async () => {
    const repo = tempRepo({ a: 'a' })
    const git = await openTempGit(repo)
    await expect(git.readBlob('1'.repeat(40))).rejects.toMatchObject({ code: 'git_failed' })
    await expect(git.readCommit(repo.git('rev-parse', 'HEAD:a'))).rejects.toMatchObject({
      code: 'git_failed',
    })
    expect((await git.readBlob(repo.git('rev-parse', 'HEAD:a'))).toString()).toBe('a')
  })
})

describe('diff', () => {
  it('names added, changed and deleted paths, mode changes, and files that became directories', async () => {
    const repo = tempRepo({
      same: 's',
      changed: 'c',
      gone: 'g',
      mode: 'm',
      file: 'f',
      'dir/a': 'a',
      'dir/b': 'b',
    })
    const before = repo.git('rev-parse', 'HEAD')
    const after = repo.commit({
      changed: 'C',
      gone: null,
      mode: { script: 'm' },
      file: null,
      'file/inner': 'i',
      'dir/b': 'B',
      'new/x': 'x',
    })
    const git = await openTempGit(repo)
    const trees = await Promise.all(
      [before, after].map(async (commit) => (await git.readCommit(commit)).tree),
    )
    const diff = await git.diff(trees[0] ?? '', trees[1] ?? '')
    expect(diff.map(({ path, before, after }) => [path, before?.mode ?? null, after?.mode ?? null])).toEqual([
      ['changed', '100644', '100644'],
      ['dir/b', '100644', '100644'],
      ['file', '100644', null],
      ['file/inner', null, '100644'],
      ['gone', '100644', null],
      ['mode', '100644', '100755'],
      ['new/x', null, '100644'],
    ])
    expect(await git.diff(trees[0] ?? '', trees[0] ?? '')).toEqual([])
  })
})

describe('compose', () => {
  it('makes the tree that git itself would make', async () => {
    const repo = tempRepo({ keep: 'k', 'src/a.js': 'a', 'src/b.js': 'b', 'only/one': '1', file: 'f' })
    const git = await openTempGit(repo)
    const base = (await git.readCommit(repo.git('rev-parse', 'HEAD'))).tree
    const changes: TreeChanges = new Map([
      ['src/a.js', text('A')],
      ['src/new/deep.js', text('deep', '100755')],
      ['only/one', null],
      ['never/was', null],
      ['file', null],
      ['file/inner', text('i')],
      ['link', text('keep', '120000')],
    ])
    const tree = await git.compose(base, changes)
    repo.commit({
      'src/a.js': 'A',
      'src/new/deep.js': { script: 'deep' },
      only: null,
      file: null,
      'file/inner': 'i',
      link: { link: 'keep' },
    })
    expect(tree).toBe(repo.git('rev-parse', 'HEAD^{tree}'))
    expect([...(await git.files(tree)).keys()]).toContain('file/inner')
  })

  it('makes the empty tree when nothing is left', async () => {
    const repo = tempRepo({ 'a/b': 'b' })
    const git = await openTempGit(repo)
    const base = (await git.readCommit(repo.git('rev-parse', 'HEAD'))).tree
    const tree = await git.compose(base, new Map([['a/b', null]]))
    expect(tree).toBe(git.repository.emptyTree)
    expect((await git.files(tree)).size).toBe(0)
  })

  it('replaces a directory by a file and refuses both at once', async () => {
    const repo = tempRepo({ 'a/b': 'b' })
    const git = await openTempGit(repo)
    const base = (await git.readCommit(repo.git('rev-parse', 'HEAD'))).tree
    const tree = await git.compose(base, new Map([['a', text('file')]]))
    expect([...(await git.files(tree)).keys()]).toEqual(['a'])
    const both = new Map([
      ['a', text('file')],
      ['a/c', text('c')],
    ])
    await expect(git.compose(base, both)).rejects.toMatchObject({ code: 'internal' })
  })

  it.each(['/etc/passwd', '../up', 'a/../b', '.git/config', 'a/.GIT/hooks/x', 'a//b', ''])(
    'refuses the path %j',
    async (path) => {
      const repo = tempRepo()
      const git = await openTempGit(repo)
      await expect(git.compose(git.repository.emptyTree, new Map([[path, text('x')]]))).rejects.toMatchObject(
        {
          code: 'internal',
        },
      )
    },
  )

  it('leaves the database of the repository alone', async () => {
    const repo = tempRepo()
    const before = repo.git('count-objects', '-v')
    const git = await openTempGit(repo)
    const tree = await git.compose(git.repository.emptyTree, new Map([['x', text('private')]]))
    const [entry] = (await git.files(tree)).values()
    expect((await git.readBlob(entry?.id ?? '')).toString()).toBe('private')
    expect(repo.git('count-objects', '-v')).toBe(before)
  })
})

describe('commit', () => {
  it('makes the same commit from the same request, as git reads it', async () => {
    const repo = tempRepo()
    const head = repo.git('rev-parse', 'HEAD')
    const git = await openTempGit(repo)
    const request = {
      tree: git.repository.emptyTree,
      parents: [head],
      message: 'Subject \u00e9\n\nTDD-Task: A-1\n',
      author: { name: 'A <weird>\nName', email: 'a@b.c' },
      committer: { name: 'Engine', email: 'e@b.c' },
      at: 1_700_000_123_999,
    }
    const id = await git.commit(request)
    expect(await git.commit(request)).toBe(id)
    expect(await git.readCommit(id)).toEqual({
      id,
      tree: request.tree,
      parents: [head],
      author: { name: 'A weirdName', email: 'a@b.c' },
      authoredAt: 1_700_000_123_000,
      message: request.message,
    })
    expect(await git.resolve(id)).toBe(id)
  })

  it('refuses a tree that is none and goes on', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    const person = { name: 'A', email: 'a@b.c' }
    const request = { tree: 'nonsense', parents: [], message: 'm', author: person, committer: person, at: 0 }
    await expect(git.commit(request)).rejects.toMatchObject({ code: 'git_failed' })
    expect(await git.commit({ ...request, tree: git.repository.emptyTree })).toMatch(/^[0-9a-f]{40}$/)
  })
})

describe('a repository that lives on while we read it', () => {
  it('shows commits that its person makes, and survives their garbage collection', async () => {
    const repo = tempRepo({ a: '1' })
    const git = await openTempGit(repo)
    await git.readCommit(repo.git('rev-parse', 'HEAD'))
    const later = repo.commit({ a: '2' })
    repo.git('gc', '--quiet', '--prune=now')
    const { tree } = await git.readCommit(later)
    const blob = (await git.files(tree)).get('a')?.id ?? ''
    expect((await git.readBlob(blob)).toString()).toBe('2')
    expect(await git.resolve('HEAD')).toBe(later)
  })

  it('is read without its replacement objects', async () => {
    const repo = tempRepo({ a: 'real' })
    const first = repo.git('rev-parse', 'HEAD')
    const other = repo.commit({ a: 'fake' })
    repo.git('replace', first, other)
    const git = await openTempGit(repo)
    const { tree } = await git.readCommit((await git.resolve('HEAD~1')) ?? '')
    const blob = (await git.files(tree)).get('a')?.id ?? ''
    expect((await git.readBlob(blob)).toString()).toBe('real')
  })

  it('may hold trees whose modes were written long ago in other ways', async () => {
    const repo = tempRepo({ 'd/a': 'a', 'd/b': 'b' })
    const row = (mode: string, name: string, id: string): Buffer =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')])
    repo.write({
      raw: Buffer.concat([
        row('040000', 'd', repo.git('rev-parse', 'HEAD:d')),
        row('100664', 'f', repo.git('rev-parse', 'HEAD:d/a')),
      ]),
    })
    const tree = repo.git('hash-object', '--literally', '-t', 'tree', '-w', 'raw')
    const git = await openTempGit(repo)
    expect(Array.from(await git.files(tree), ([path, { mode }]) => [path, mode])).toEqual([
      ['d/a', '100644'],
      ['d/b', '100644'],
      ['f', '100644'],
    ])
  })
})
