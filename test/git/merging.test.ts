import { describe, expect, it } from 'vitest'
import type { Git } from '../../src/git/git.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempFiles, type TempRepo, tempRepo } from '../support/temp-repo.ts'

const LINES = ['1', '2', '3', '4', '5', '6', '7', '8', '9', ''].join('\n')

/** Two branches from HEAD with a commit each. */
function fork(repo: TempRepo, ours: TempFiles, theirs: TempFiles): [string, string] {
  const base = repo.git('rev-parse', 'HEAD')
  const left = repo.commit(ours)
  repo.git('checkout', '--quiet', '--detach', base)
  return [left, repo.commit(theirs)]
}

async function textOf(git: Git, tree: string, path: string): Promise<string> {
  const entry = (await git.files(tree)).get(path)
  return entry === undefined ? '(none)' : (await git.readBlob(entry.id)).toString()
}

describe('mergeTrees', () => {
  it('merges changes of the same file that do not touch, and follows a rename', async () => {
    const repo = tempRepo({ 'a.txt': LINES, 'old.txt': LINES })
    const [ours, theirs] = fork(
      repo,
      { 'a.txt': LINES.replace('1', 'one'), 'old.txt': null, 'new.txt': LINES },
      { 'a.txt': LINES.replace('9', 'nine'), 'old.txt': LINES.replace('5', 'five') },
    )
    const git = await openTempGit(repo)
    const outcome = await git.mergeTrees(ours, theirs)
    expect(outcome.kind).toBe('clean')
    expect(await textOf(git, outcome.tree, 'a.txt')).toBe(LINES.replace('1', 'one').replace('9', 'nine'))
    expect(await textOf(git, outcome.tree, 'new.txt')).toBe(LINES.replace('5', 'five'))
    expect(await textOf(git, outcome.tree, 'old.txt')).toBe('(none)')
  })

  it('names every path in conflict as it is written', async () => {
    const names = ['plain', 'with space', 'line\nfeed', '\u00fcml\u00e4ut', '-dash', '"quoted"']
    const files = (content: string): TempFiles => Object.fromEntries(names.map((name) => [name, content]))
    const repo = tempRepo({ ...files('base'), deleted: 'd', clean: LINES })
    const [ours, theirs] = fork(
      repo,
      { ...files('ours'), deleted: null },
      { ...files('theirs'), deleted: 'D', clean: 'theirs' },
    )
    const git = await openTempGit(repo)
    const outcome = await git.mergeTrees(ours, theirs)
    expect(outcome).toMatchObject({ kind: 'conflict' })
    expect(outcome.kind === 'conflict' ? [...outcome.paths].sort() : []).toEqual([...names, 'deleted'].sort())
    expect(await textOf(git, outcome.tree, 'clean')).toBe('theirs')
  })

  it('merges a criss-cross history', async () => {
    const repo = tempRepo({ 'a.txt': LINES, 'b.txt': LINES })
    const [left, right] = fork(
      repo,
      { 'a.txt': LINES.replace('1', 'L') },
      { 'a.txt': LINES.replace('9', 'R') },
    )
    const merge = (head: string, other: string): string => {
      repo.git('checkout', '--quiet', '--detach', head)
      repo.git('merge', '--quiet', '--no-ff', '-m', 'cross', other)
      return repo.git('rev-parse', 'HEAD')
    }
    const [one, two] = [merge(left, right), merge(right, left)]
    repo.git('checkout', '--quiet', '--detach', one)
    const ours = repo.commit({ 'b.txt': LINES.replace('1', 'L') })
    repo.git('checkout', '--quiet', '--detach', two)
    const theirs = repo.commit({ 'b.txt': LINES.replace('9', 'R') })
    const git = await openTempGit(repo)
    const outcome = await git.mergeTrees(ours, theirs)
    expect(outcome.kind).toBe('clean')
    expect(await textOf(git, outcome.tree, 'b.txt')).toBe(LINES.replace('1', 'L').replace('9', 'R'))
  })

  it('passes submodules, links and binary files through', async () => {
    const repo = tempRepo({ binary: Buffer.from([0, 1, 2, 255]), link: { link: 'binary' }, x: 'x' })
    repo.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`)
    repo.git('commit', '--quiet', '-m', 'submodule')
    const base = repo.git('rev-parse', 'HEAD')
    const git = await openTempGit(repo)
    const { tree } = await git.readCommit(base)
    const person = { name: 'A', email: 'a@b.c' }
    const add = async (path: string): Promise<string> =>
      await git.commit({
        tree: await git.compose(tree, new Map([[path, { mode: '100644', content: Buffer.from(path) }]])),
        parents: [base],
        message: 'm\n',
        author: person,
        committer: person,
        at: 1,
      })
    const outcome = await git.mergeTrees(await add('left'), await add('right'))
    const files = await git.files(outcome.tree)
    expect([files.get('sub')?.mode, files.get('link')?.mode]).toEqual(['160000', '120000'])
    expect(files.get('sub')?.id).toBe('1'.repeat(40))
    expect([...files.keys()].sort()).toEqual(['binary', 'left', 'link', 'right', 'sub', 'x'])
  })
})

describe('attributes in a tree', () => {
  const attributes = [
    '*.union merge=union',
    '*.binary binary',
    '*.custom merge=custom',
    '*.txt text eol=crlf ident',
    '',
  ].join('\n')

  it('change neither what merges nor how', async () => {
    const conflict = { 'a.union': '0\n', 'a.binary': LINES, 'a.custom': LINES, 'a.txt': LINES }
    const repo = tempRepo({ '.gitattributes': attributes, ...conflict })
    repo.git('config', 'merge.custom.driver', 'true')
    const change = (from: string, to: string): TempFiles => ({
      'a.union': `${to}\n`,
      ...Object.fromEntries(['a.binary', 'a.custom', 'a.txt'].map((path) => [path, LINES.replace(from, to)])),
    })
    const [ours, theirs] = fork(repo, change('1', 'one'), change('9', 'nine'))
    const git = await openTempGit(repo)
    const outcome = await git.mergeTrees(ours, theirs)
    expect(outcome).toMatchObject({ kind: 'conflict', paths: ['a.union'] })
    for (const path of ['a.binary', 'a.custom', 'a.txt']) {
      expect(await textOf(git, outcome.tree, path)).toBe(LINES.replace('1', 'one').replace('9', 'nine'))
    }
  })

  it('change no byte that is written or read', async () => {
    const repo = tempRepo({ '.gitattributes': attributes })
    const git = await openTempGit(repo)
    const { tree } = await git.readCommit(repo.git('rev-parse', 'HEAD'))
    const bytes = Buffer.from('a\r\nb\n$Id$\r\n')
    const composed = await git.compose(tree, new Map([['x.txt', { mode: '100644', content: bytes }]]))
    const id = (await git.files(composed)).get('x.txt')?.id ?? ''
    expect(id).toBe(repo.git('hash-object', '--no-filters', '--', writeRaw(repo, bytes)))
    expect((await git.readBlob(id)).equals(bytes)).toBe(true)
  })
})

function writeRaw(repo: TempRepo, bytes: Buffer): string {
  repo.write({ raw: bytes })
  return 'raw'
}

describe('odd names', () => {
  it('of files are read, compared, composed and landed', async () => {
    const names = [
      'with space',
      'line\nfeed',
      'tab\tbed',
      '\u00fcml\u00e4ut',
      'u\u0308nicode',
      '-dash',
      '"quoted"',
      'back\\slash',
      ':(glob)*',
      'd i r/\n',
    ]
    const repo = tempRepo({ keep: 'k' })
    const git = await openTempGit(repo)
    const head = repo.git('rev-parse', 'HEAD')
    const { tree } = await git.readCommit(head)
    const content = (name: string) => ({ mode: '100644', content: Buffer.from(name) })
    const changed = await git.compose(tree, new Map(names.map((name) => [name, content(name)])))
    repo.commit(Object.fromEntries(names.map((name) => [name, name])))
    expect(changed).toBe(repo.git('rev-parse', 'HEAD^{tree}'))
    expect((await git.diff(tree, changed)).map(({ path }) => path)).toEqual([...names].sort())
  })

  it('that are not UTF-8 come back as the same bytes', async () => {
    const repo = tempRepo({ keep: 'k' })
    const git = await openTempGit(repo)
    const blob = repo.git('rev-parse', 'HEAD:keep')
    const row = Buffer.concat([
      Buffer.from('100644 b\xe4d-\xff/x\0'.replace('/x', ''), 'latin1'),
      Buffer.from(blob, 'hex'),
    ])
    repo.write({ raw: row })
    const tree = repo.git('hash-object', '-t', 'tree', '-w', 'raw')
    const [path] = (await git.files(tree)).keys()
    const added = await git.compose(tree, new Map([['more', { mode: '100644', content: Buffer.from('m') }]]))
    expect(await git.diff(tree, added)).toHaveLength(1)
    const removed = await git.compose(added, new Map([['more', null]]))
    expect(removed).toBe(tree)
    expect(path).toBe('b\udce4d-\udcff')
  })
})
