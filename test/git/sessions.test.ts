import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'

/** Processes that this one started and whose command line names the state directory. */
function sessionsOf(state: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${state}/objects.git`)
      } catch {
        // It ended while we looked.
        return false
      }
    })
}

describe.runIf(process.platform === 'linux')('the long-lived git processes', () => {
  it('are started again when they die, and no answer is lost', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`f${at}`, `${at} `.repeat(3000)]),
    )
    const repo = tempRepo(files)
    const git = await openTempGit(repo)
    const { tree } = await git.readCommit(repo.git('rev-parse', 'HEAD'))
    const entries = [...(await git.files(tree))]
    for (let round = 0; round < 3; round += 1) {
      const reading = Promise.all(
        entries.map(async ([path, entry]) => [path, (await git.readBlob(entry.id)).toString()]),
      )
      const killed = sessionsOf(repo.state)
      for (const pid of killed) process.kill(pid, 'SIGKILL')
      expect(killed.length).toBeGreaterThan(0)
      expect(Object.fromEntries(await reading)).toEqual(files)
    }
    const written = await git.compose(tree, new Map([['new', { mode: '100644', content: Buffer.from('n') }]]))
    for (const pid of sessionsOf(repo.state)) process.kill(pid, 'SIGKILL')
    expect(await git.compose(tree, new Map([['new', { mode: '100644', content: Buffer.from('n') }]]))).toBe(
      written,
    )
  })

  it('are gone after close, and so are their files', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    await git.compose(
      git.repository.emptyTree,
      new Map([['a', { mode: '100644', content: Buffer.from('a') }]]),
    )
    expect(sessionsOf(repo.state).length).toBeGreaterThan(1)
    await git.close()
    expect(sessionsOf(repo.state)).toEqual([])
    expect(readdirSync(join(repo.state, 'git-temp'))).toEqual([])
    expect(readdirSync(repo.state).sort()).toEqual(['git-temp', 'objects.git'])
  })

  it('leave the files of others alone, until they are a day old', async () => {
    const repo = tempRepo()
    const [fresh, stale] = ['write-fresh', 'write-stale'].map((name) =>
      join(repo.state, 'git-temp', name),
    ) as [string, string]
    for (const directory of [fresh, stale]) mkdirSync(directory, { recursive: true })
    utimesSync(stale, 1_700_000_000, 1_700_000_000)
    await openTempGit(repo)
    expect([existsSync(fresh), existsSync(stale)]).toEqual([true, false])
  })
})
