import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DRILL } from '../support/drill.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { untilEvent } from '../support/until-event.ts'

const DAYS_AGO = new Date(Date.now() - 2 * 86_400_000)

function leave(path: string, when: Date = new Date()): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'left by a git that was killed')
  utimesSync(path, when, when)
  return path
}

describe('what a killed git left in our own repository', () => {
  it('is removed when nobody can be at it any more, and else left alone', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    await git.close()
    const ours = (path: string): string => join(repo.state, path)
    const stale = [
      'git-temp/write-killed',
      'objects.killed.new',
      'objects.git/config.lock',
      'objects.git/objects/4b/tmp_obj_killed',
      'objects.git/objects/pack/tmp_pack_killed',
      'objects.git/objects/pack/pack-1.keep.lock',
    ].map((path) => leave(ours(path), DAYS_AGO))
    const fresh = ['objects.git/packed-refs.lock', 'objects.git/objects/4b/tmp_obj_at_work'].map((path) =>
      leave(ours(path)),
    )
    const again = await openTempGit(repo)
    expect(stale.filter((path) => existsSync(path))).toEqual([])
    expect(fresh.filter((path) => !existsSync(path))).toEqual([])
    const head = repo.git('rev-parse', 'HEAD')
    expect((await again.readCommit(head)).id).toBe(head)
  })
})

describe('what a killed git left in the repository of a person', () => {
  it('stays, and where it locks nothing that landing changes, nobody waits for it', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    const left = [
      'index.lock',
      'HEAD.lock',
      'config.lock',
      'shallow.lock',
      'refs/heads/main.lock',
      'objects/pack/pack-1.keep.lock',
      'objects/pack/tmp_pack_1',
      'objects/4b/tmp_obj_1',
    ].map((path) => leave(join(repo.root, '.git', path), DAYS_AGO))
    const base = repo.git('rev-parse', 'HEAD')
    const { tree } = await git.readCommit(base)
    const person = { name: 'Ada', email: 'ada@example.com' }
    const commit = await git.commit({
      tree,
      parents: [base],
      message: 'Land\n',
      author: person,
      committer: person,
      at: 1_700_000_000_000,
    })
    expect(await git.createBranch('tdd/plan', base)).toBe('created')
    await git.takeFence('tdd/plan', 'token')
    const landing = { target: 'tdd/plan', expected: base, commit, fence: 'token', branches: [] }
    expect(await git.land(landing)).toEqual({ kind: 'landed' })
    await git.writeNote(commit, 'evidence')
    expect(left.filter((path) => !existsSync(path))).toEqual([])
  })

  it('is named when a run would make its target, with what to do', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    const lock = leave(join(repo.root, '.git/refs/heads/tdd/plan.lock'), DAYS_AGO)
    await expect(git.createBranch('tdd/plan', repo.git('rev-parse', 'HEAD'))).rejects.toMatchObject({
      code: 'git_failed',
      message: `refs/heads/tdd/plan cannot be changed while ${lock} exists`,
      hint: expect.stringContaining('delete the file') as string,
    })
    expect(existsSync(lock)).toBe(true)
  })
})

describe.runIf(DRILL)('a run that meets the lock of a killed git', () => {
  for (const [what, path] of [
    ['the fence', 'refs/tdd/fence/tdd/letters.lock'],
    ['its target', 'refs/heads/tdd/letters.lock'],
    ['the notes', 'refs/notes/tdd.lock'],
  ] as const)
    it(`on ${what} tells it, works on meanwhile, and lands once it is gone`, async () => {
      const sample = engineSample(letterFiles)
      await using engine = await sample.open()
      await sample.ingest(engine, letterPlan(['A', 'B']))
      sample.repo.git('branch', 'tdd/letters')
      const lock = leave(join(sample.repo.root, '.git', path), DAYS_AGO)
      const unlocking = untilEvent(engine, 'landing_paused', () => rmSync(lock))
      const told: unknown[] = []
      const report = await sample.run(engine, letterSession(['A', 'B']), {
        target: 'tdd/letters',
        report: (thrown) => told.push(thrown),
      })
      await unlocking
      expect(told).toMatchObject([{ message: expect.stringContaining(lock) as string }])
      expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 }, refusals: [] })
      sample.repo.git('fsck', '--strict')
    })
})
