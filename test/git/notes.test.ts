import { describe, expect, it } from 'vitest'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'

describe('notes', () => {
  it('are what git notes shows and what is read back', async () => {
    const repo = tempRepo()
    const head = repo.git('rev-parse', 'HEAD')
    const git = await openTempGit(repo)
    expect(await git.readNote(head)).toBeNull()
    await git.writeNote(head, '{"evidence":"\u00fc"}\n')
    expect(repo.git('notes', '--ref=refs/notes/tdd', 'show', head)).toBe('{"evidence":"\u00fc"}')
    expect(await git.readNote(head)).toBe('{"evidence":"\u00fc"}\n')
    expect(repo.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  it('are written once when the text is the same', async () => {
    const repo = tempRepo()
    const head = repo.git('rev-parse', 'HEAD')
    const git = await openTempGit(repo)
    await git.writeNote(head, 'same')
    const first = repo.git('rev-parse', 'refs/notes/tdd')
    await git.writeNote(head, 'same')
    expect(repo.git('rev-parse', 'refs/notes/tdd')).toBe(first)
    await git.writeNote(head, 'other')
    expect(await git.readNote(head)).toBe('other')
  })

  it('of two writers at once are all kept', async () => {
    const repo = tempRepo()
    const commits = Array.from({ length: 8 }, (_, at) => repo.commit({ n: `${at}` }))
    const [one, other] = [await openTempGit(repo), await openTempGit(repo)]
    await Promise.all(
      commits.map((commit, at) => (at % 2 === 0 ? one : other).writeNote(commit, `note ${at}`)),
    )
    const shown = commits.map((commit) => repo.git('notes', '--ref=refs/notes/tdd', 'show', commit))
    expect(shown).toEqual(commits.map((_, at) => `note ${at}`))
  })

  it('that git wrote are found and replaced', async () => {
    const repo = tempRepo()
    const head = repo.git('rev-parse', 'HEAD')
    repo.git('notes', '--ref=refs/notes/tdd', 'add', '-m', 'by hand', head)
    const git = await openTempGit(repo)
    expect(await git.readNote(head)).toBe('by hand\n')
    await git.writeNote(head, 'by us\n')
    expect(repo.git('notes', '--ref=refs/notes/tdd', 'list').split('\n')).toHaveLength(1)
    expect(repo.git('notes', '--ref=refs/notes/tdd', 'show', head)).toBe('by us')
  })
})
