import { describe, expect, it } from 'vitest'
import { createGitCommand } from '../../src/git/git-command.ts'
import { type FoundDiff, textDiffs } from '../../src/git/text-diffs.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempRepo, tempRepo } from '../support/temp-repo.ts'

describe('the diffs of many pairs', () => {
  it('are what git says of each, commits and trees alike, also where nothing changed', async () => {
    const repo = tempRepo({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
    const first = head(repo)
    const second = repo.commit(
      { 'a.txt': `${'0'.repeat(40)} ${'1'.repeat(40)}\ntwo\n`, 'ä ö.txt': 'new\n' },
      'x',
    )
    const tree = repo.git('rev-parse', `${second}^{tree}`)
    const [changed, same, mixed] = await diffsOf(repo, [
      [first, second],
      [second, tree],
      [first, tree],
    ])
    const told = repo.git('-c', 'core.quotePath=false', 'diff', '--full-index', first, second)
    expect(withoutIds(changed)).toBe(withoutIds({ text: `${told}\n` }))
    expect(withoutIds(changed)).toContain('ä ö.txt')
    expect(same).toEqual({ text: '' })
    expect(mixed).toEqual(changed)
  })

  it('say what is gone, what is too large, and go on with the others', async () => {
    const repo = tempRepo({ 'a.txt': 'one\n' })
    const first = head(repo)
    const large = repo.commit({ 'large.txt': 'line\n'.repeat(2_000_000) }, 'large')
    const small = repo.commit({ 'a.txt': 'two\n' }, 'small')
    const found = await diffsOf(repo, [
      ['f'.repeat(40), first],
      [first, large],
      [large, small],
    ])
    expect(found.slice(0, 2)).toEqual([{ missing: 'gone' }, { missing: 'too_large' }])
    expect(withoutIds(found[2])).toContain('+two')
  })

  it('are gone with the repository that held them', async () => {
    const repo = tempRepo({ 'a.txt': 'one\n' })
    const git = createGitCommand({ exec: createExec({ ownerId: 'test' }), env: repo.env, cwd: '/' })
    const found: FoundDiff[] = []
    const pairs = [{ from: head(repo), to: head(repo) }]
    await textDiffs(git, { stateDirectory: `${repo.state}/none`, pairs }, (_, diff) => found.push(diff) > 0)
    expect(found).toEqual([{ missing: 'gone' }])
  })

  it('are asked for no longer once somebody has enough', async () => {
    const repo = tempRepo({ 'a.txt': 'one\n' })
    const pair = [head(repo), repo.commit({ 'a.txt': 'two\n' }, 'x')] as const
    const all = Array.from({ length: 60 }, () => pair)
    expect(await diffsOf(repo, all)).toHaveLength(60)
    expect(await diffsOf(repo, all, 7)).toHaveLength(7)
    expect(await diffsOf(repo, [])).toEqual([])
  })
})

/** Opened once so that the private repository is there, as it is behind every run. */
async function diffsOf(
  repo: TempRepo,
  pairs: readonly (readonly [from: string, to: string])[],
  enough = pairs.length,
): Promise<FoundDiff[]> {
  await openTempGit(repo)
  const git = createGitCommand({ exec: createExec({ ownerId: 'test' }), env: repo.env, cwd: '/' })
  const found: FoundDiff[] = []
  let taken = 0
  await textDiffs(
    git,
    { stateDirectory: repo.state, pairs: pairs.map(([from, to]) => ({ from, to })) },
    (index, diff) => {
      found[index] = diff
      taken += 1
      return taken < enough
    },
  )
  return found
}

function head(repo: TempRepo): string {
  return repo.git('rev-parse', 'HEAD')
}

/** How much of an id is shown is a matter of taste. */
function withoutIds(diff: FoundDiff | undefined): string {
  return diff !== undefined && 'text' in diff ? diff.text.replaceAll(/^index .*\n/gm, '') : ''
}
