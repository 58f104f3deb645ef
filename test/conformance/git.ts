import { describe, expect, it } from 'vitest'
import type { CommitId, TreeId } from '../../src/domain/evidence.ts'
import type { Git } from '../../src/git/git.ts'

/** A repository with one commit of `files` on `main`, and what people do to it. */
export interface GitPlace {
  readonly git: Git
  /** Lets a branch be where people put it, made or moved; null takes it away. */
  readonly move: (branch: string, to: CommitId | null) => Promise<void>
  /** A commit of theirs on a branch. */
  readonly commitOn: (branch: string, files: Readonly<Record<string, string | null>>) => Promise<CommitId>
  /** Has the branch checked out in a work tree. */
  readonly checkOut: (branch: string) => Promise<void>
}

type Open = (files: Readonly<Record<string, string>>) => Promise<GitPlace>

const FILES = { 'README.md': 'read me\n', 'src/a.src': 'a\n', 'src/deep/b.src': 'b\n', 'src.txt': 'beside\n' }
const PERSON = { name: 'Ada', email: 'ada@example.com' }
const TARGET = 'tdd/plan'

/** What the engine relies on of git, whoever does it. Ids are those of git. */
export function gitConformance(name: string, open: Open): void {
  describe(`${name} keeps the promises of git`, () => {
    const prepared = async () => {
      const place = await open(FILES)
      const { git } = place
      const base = (await git.resolve('main')) ?? ''
      const { tree } = await git.readCommit(base)
      const change = (from: TreeId, files: Readonly<Record<string, string | null>>): Promise<TreeId> =>
        git.compose(
          from,
          new Map(
            Object.entries(files).map(([path, text]) => [
              path,
              text === null ? null : { mode: '100644', content: Buffer.from(text) },
            ]),
          ),
        )
      const commit = async (
        parents: readonly CommitId[],
        files: Readonly<Record<string, string | null>>,
      ): Promise<CommitId> => {
        const [parent = base] = parents
        const changed = await change((await git.readCommit(parent)).tree, files)
        const made = {
          tree: changed,
          parents,
          message: 'Made\n',
          author: PERSON,
          committer: PERSON,
          at: 1_000,
        }
        return await git.commit(made)
      }
      return { ...place, base, tree, change, commit }
    }

    it('names trees, blobs and commits as git does', async () => {
      const { git, tree, change } = await prepared()
      expect(tree).toBe('c7637f721d1f553994bc06c1422fec02b36ceec9')
      const changed = await change(tree, {
        'src/deep/b.src': null,
        'src/c.src': 'c\n',
        'a-b/x': '',
        'a/x': '',
      })
      expect(changed).toBe('ce7dbbf834d9d417e9ee22651b578201e18f709d')
      const at = 1_700_000_000_123
      const made = {
        tree: changed,
        parents: [],
        message: 'A message\n',
        author: PERSON,
        committer: PERSON,
        at,
      }
      expect(await git.commit(made)).toBe('edb5d1c0096d9b7efcbea378611ff88e5fea2e31')
    })

    it('reads what was composed and committed', async () => {
      const { git, base, tree, change, commit } = await prepared()
      const changed = await change(tree, { 'src/a.src': 'other\n', 'src.txt': null })
      expect([...(await git.files(changed)).keys()].toSorted()).toEqual([
        'README.md',
        'src/a.src',
        'src/deep/b.src',
      ])
      const entry = (await git.files(changed)).get('src/a.src')
      expect((await git.readBlob(entry?.id ?? '')).toString()).toBe('other\n')
      expect(await git.readSmallBlob(entry?.id ?? '', 5)).toBe(null)
      expect((await git.readSmallBlob(entry?.id ?? '', 6))?.toString()).toBe('other\n')
      expect(
        (await git.diff(tree, changed)).map(({ path, before, after }) => [
          path,
          before !== null,
          after !== null,
        ]),
      ).toEqual([
        ['src.txt', true, false],
        ['src/a.src', true, true],
      ])
      const made = await commit([base], { 'src/a.src': 'other\n' })
      const facts = await git.readCommit(made)
      expect(facts).toMatchObject({
        id: made,
        parents: [base],
        author: PERSON,
        message: 'Made\n',
        authoredAt: 1_000,
      })
    })

    it('resolves ids and branches, and nothing else', async () => {
      const { git, base } = await prepared()
      expect([await git.resolve(base), await git.resolve('main'), await git.resolve('HEAD')]).toEqual([
        base,
        base,
        base,
      ])
      expect([await git.resolve('gone'), await git.resolve('0'.repeat(40))]).toEqual([null, null])
    })

    it('walks a history along first parents, and knows what a commit is made of', async () => {
      const { git, base, commit } = await prepared()
      const work = await commit([base], { 'src/a.src': 'work\n' })
      const merge = await commit([base, work], { 'src/a.src': 'work\n' })
      const next = await commit([merge], { 'README.md': 'next\n' })
      expect(await git.firstParents(base, next)).toEqual([merge, next])
      expect(await git.firstParents(null, next, 2)).toEqual([merge, next])
      expect(await git.firstParents(work, work)).toEqual([])
      expect(await git.isAncestor(work, next)).toBe(true)
      expect(await git.isAncestor(next, work)).toBe(false)
      expect(await git.isAncestor(base, base)).toBe(true)
    })

    it('merges what does not meet, and names what does', async () => {
      const { git, base, commit } = await prepared()
      const ours = await commit([base], { 'src/a.src': 'ours\n', 'src.txt': null, 'new.src': 'same\n' })
      const theirs = await commit([base], {
        'src/deep/b.src': 'theirs\n',
        'new.src': 'same\n',
        'more.src': 'm\n',
      })
      const merged = await git.mergeTrees(ours, theirs)
      expect(merged.kind).toBe('clean')
      const together = await commit([base], {
        'src/a.src': 'ours\n',
        'src.txt': null,
        'new.src': 'same\n',
        'src/deep/b.src': 'theirs\n',
        'more.src': 'm\n',
      })
      expect(merged.tree).toBe((await git.readCommit(together)).tree)
      const against = await commit([base], { 'src/a.src': 'against\n', 'README.md': 'against\n' })
      const conflict = await git.mergeTrees(ours, against)
      expect(conflict).toMatchObject({ kind: 'conflict', paths: ['src/a.src'] })
      const readme = (await git.files(conflict.tree)).get('README.md')
      expect((await git.readBlob(readme?.id ?? '')).toString()).toBe('against\n')
      const gone = await commit([base], { 'src/a.src': null })
      expect(await git.mergeTrees(ours, gone)).toMatchObject({ kind: 'conflict', paths: ['src/a.src'] })
    })

    it('makes a branch once, and reads where it is', async () => {
      const { git, base, commit } = await prepared()
      expect(await git.readRef(`refs/heads/${TARGET}`)).toBe(null)
      expect(await git.createBranch(TARGET, base)).toBe('created')
      expect(await git.createBranch(TARGET, await commit([base], { x: 'x' }))).toBe('exists')
      expect(await git.readRef(`refs/heads/${TARGET}`)).toBe(base)
    })

    it('lands by the fence that was taken last, on the head that was expected', async () => {
      const { git, base, commit, move, commitOn } = await prepared()
      await git.createBranch(TARGET, base)
      await git.takeFence(TARGET, 'one')
      const first = await commit([base], { 'src/a.src': 'first\n' })
      const request = { target: TARGET, expected: base, commit: first, fence: 'one', branches: [] }
      expect(await git.land({ ...request, fence: 'none' })).toEqual({ kind: 'fenced' })
      expect(await git.land({ ...request, branches: [{ name: 'tdd/run/T1', at: first }] })).toEqual({
        kind: 'landed',
      })
      expect([await git.readRef(`refs/heads/${TARGET}`), await git.readRef('refs/heads/tdd/run/T1')]).toEqual(
        [first, first],
      )
      expect(await git.land(request), 'it has landed already').toEqual({ kind: 'landed' })
      const second = await commit([first], { 'src/a.src': 'second\n' })
      const next = { ...request, expected: first, commit: second }
      const byHand = await commitOn(TARGET, { 'README.md': 'by hand\n' })
      expect(await git.land(next)).toEqual({ kind: 'moved', head: byHand })
      await git.takeFence(TARGET, 'two')
      expect(await git.land(next)).toEqual({ kind: 'fenced' })
      await move(TARGET, null)
      expect(await git.land({ ...next, fence: 'two' })).toEqual({ kind: 'moved', head: null })
    })

    it('lands nothing on what somebody has checked out', async () => {
      const { git, base, commit, checkOut } = await prepared()
      await git.createBranch(TARGET, base)
      await git.takeFence(TARGET, 'one')
      expect(await git.checkedOut(TARGET)).toEqual([])
      await checkOut(TARGET)
      expect(await git.checkedOut(TARGET)).toHaveLength(1)
      const made = await commit([base], { 'src/a.src': 'made\n' })
      expect(
        await git.land({ target: TARGET, expected: base, commit: made, fence: 'one', branches: [] }),
      ).toMatchObject({ kind: 'checked_out' })
      expect(await git.readRef(`refs/heads/${TARGET}`)).toBe(base)
    })

    it('knows which commits the repository holds', async () => {
      const { git, base } = await prepared()
      expect(await git.holds(base)).toBe(true)
      expect(await git.holds('0'.repeat(base.length))).toBe(false)
    })

    it('names the branch that keeps another from being made', async () => {
      const { git, base } = await prepared()
      await git.createBranch('work/mine', base)
      await git.createBranch('other', base)
      expect(await Promise.all(['work', 'other/one/two'].map((branch) => git.inTheWay(branch)))).toEqual([
        'work/mine',
        'other',
      ])
      const free = ['work/mine', 'work/mine-too', 'work/min', 'other', 'others', 'wor']
      expect(await Promise.all(free.map((branch) => git.inTheWay(branch)))).toEqual(free.map(() => null))
    })

    it('keeps one note of a commit', async () => {
      const { git, base } = await prepared()
      expect(await git.readNote(base)).toBe(null)
      await git.writeNote(base, 'one\n')
      await git.writeNote(base, 'two\n')
      expect(await git.readNote(base)).toBe('two\n')
    })
  })
}
