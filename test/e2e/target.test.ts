import { realpathSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { engineSample, type EngineSample } from '../support/engine-sample.ts'
import { untilEvent } from '../support/until-event.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { DRILL } from '../support/drill.ts'

describe('the target of a run', () => {
  it('is made from HEAD, and the checkout, index, HEAD, configuration and other refs stay as they were', async () => {
    const sample = engineSample(letterFiles)
    sample.repo.write({ 'src/index.js': 'export const version = 2\n', 'untracked.txt': 'mine\n' })
    sample.repo.git('tag', 'mine')
    const before = picture(sample)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A']))
    expect(await sample.run(engine, letterSession(['A']))).toMatchObject({
      state: 'completed',
      target: 'tdd/letters',
    })
    expect(picture(sample)).toEqual(before)
  })

  it('is refused while it is checked out, with the way out', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A']))
    await expect(sample.run(engine, letterSession(['A']), { target: 'main' })).rejects.toMatchObject({
      code: 'target_checked_out',
      exitCode: 2,
    })
  })

  it('pauses landing when a person checks it out meanwhile, and goes on when they leave it', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A']))
    sample.repo.git('branch', 'work')
    const checkingOut = untilEvent(
      engine,
      'task_landing',
      () => void sample.repo.git('checkout', '-q', 'work'),
    )
    const paused = await sample.run(engine, letterSession(['A']), { target: 'work' })
    await checkingOut
    expect(paused).toMatchObject({
      state: 'paused',
      pausedBy: 'target',
      next: `git -C ${realpathSync(sample.repo.root)} switch --detach && orchestrator run --resume`,
    })
    sample.repo.git('checkout', '-q', 'main')
    expect(await sample.run(engine, letterSession(['A']))).toMatchObject({
      state: 'completed',
      target: 'work',
      attempts: 3,
    })
  })

  it('pauses when a person deletes it, and says where to make it again', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
    const deleting = untilEvent(engine, 'task_completed', () => {
      sample.repo.git('branch', '-D', 'tdd/letters')
    })
    const paused = await sample.run(engine, letterSession(['A', 'B']))
    await deleting
    const again = ['branch', 'tdd/letters', paused.landed[0]?.merge ?? 'nothing landed']
    expect(paused).toMatchObject({
      pausedBy: 'target',
      next: `git ${again.join(' ')} && orchestrator run --resume`,
    })
    await expect(sample.run(engine, letterSession(['A', 'B']))).rejects.toMatchObject({
      code: 'target_missing',
      hint: expect.stringContaining(`git ${again.join(' ')} &&`) as string,
    })
    sample.repo.git(...again)
    expect(await sample.run(engine, letterSession(['A', 'B']))).toMatchObject({ state: 'completed' })
  })

  it.runIf(DRILL)('takes what a person adds to it as the new base', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
    const adding = untilEvent(engine, 'task_completed', () => {
      const tree = sample.repo.git('rev-parse', 'tdd/letters^{tree}')
      const mine = sample.repo.git('commit-tree', tree, '-p', 'tdd/letters', '-m', 'mine')
      sample.repo.git('update-ref', 'refs/heads/tdd/letters', mine)
    })
    const report = await sample.run(engine, letterSession(['A', 'B']), { workers: 1 })
    await adding
    expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 } })
    expect(sample.repo.git('log', '--first-parent', '--format=%s', 'tdd/letters').split('\n')).toContain(
      'mine',
    )
  })

  it('keeps a task completed whose landing was taken out, and asks a person about what depends on it', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    await sample.ingest(engine, letterPlan(['A', 'B'], { B: ['A'] }))
    const budget = { invocations: 2, tokens: null, usd: null, timeMs: null }
    expect(await sample.run(engine, letterSession(['A', 'B']), { workers: 1, budget })).toMatchObject({
      state: 'paused',
    })
    sample.repo.git('update-ref', 'refs/heads/tdd/letters', 'main')
    const report = await sample.run(engine, letterSession(['A', 'B']), { workers: 1 })
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 1, needs_human: 1 } })
    const { run } = report
    expect(
      await engine.world.store.retry(run, 'A', { from: null, note: null }, engine.world.clock.now()),
    ).toBe(true)
  })
})

/** Everything of a user's repository that a run must leave alone. */
function picture(sample: EngineSample): unknown {
  const { repo } = sample
  const refs = repo.git('for-each-ref', '--format=%(refname) %(objectname)').split('\n')
  return {
    status: repo.git('status', '--porcelain'),
    head: repo.git('symbolic-ref', 'HEAD'),
    config: repo.git('config', '--local', '--list'),
    index: repo.git('ls-files', '--stage', '--debug'),
    refs: refs.filter((ref) => !/^refs\/(heads\/tdd|tdd|notes\/tdd)/.test(ref)),
  }
}
