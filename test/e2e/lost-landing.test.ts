import { describe, expect, it } from 'vitest'
import { cliSample, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'

const NAMES = ['double', 'twice']
const PLAN = { version: 1, title: 'Numbers', tasks: NAMES.map((name) => numberTask(name)) }
const SESSION = {
  version: 1,
  tasks: Object.fromEntries(
    NAMES.map((name) => [
      `${name.toUpperCase()}-1`,
      { red: [[numberTest(name)]], green: [[numberSource(name)]] },
    ]),
  ),
}

describe('a landing that somebody took out of the target', () => {
  it('is told wherever people look, with the command that lands it again', async () => {
    const sample = cliSample()
    const session = sample.beside('a.session.json', SESSION)
    const run = ['run', '--workers', '1', '--agent', 'scripted', '--session', session]
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    expect(await sample.json([...run, '--max-invocations', '2'])).toMatchObject({
      code: 75,
      document: { tasks: { completed: 1 }, lost: [] },
    })
    const merge = sample.repo.git('rev-parse', 'tdd/numbers').slice(0, 12)
    sample.repo.git('update-ref', 'refs/heads/tdd/numbers', 'main')

    const ended = await sample.cli([...run, '--max-invocations', '10'])
    expect(ended.code).toBe(1)
    const lines = ended.stderr.split('\n')
    expect(lines).toContainEqual(
      expect.stringMatching(
        /\[0\/2\] {2}DOUBLE-1 {2}lost +its landing.*orchestrator task retry DOUBLE-1 lands it again/,
      ),
    )
    expect(lines).toContainEqual(expect.stringMatching(/\[1\/2\] {2}TWICE-1 +landed/))
    expect(ended.stdout).toContain('incomplete: 1 of 2 tasks landed, 1 lost its landing.')

    const retry = 'orchestrator task retry DOUBLE-1'
    expect(await sample.json(['status'])).toMatchObject({
      document: { tasks: { total: 2, completed: 2 }, lost: ['DOUBLE-1'] },
    })
    const status = (await sample.cli(['status'])).stdout
    expect(status).toContain('1 of 2 landed, 1 lost its landing\n')
    expect(status).toContain(`Next: ${retry}\n`)
    const list = (await sample.cli(['task', 'list'])).stdout
    expect(list).toMatch(
      RegExp(`^DOUBLE-1 +lost its landing .* the target no longer contains its merge ${merge}\n`),
    )
    expect(list).toContain('Next: orchestrator task show DOUBLE-1\n')
    expect(await sample.json(['task', 'list'])).toMatchObject({
      document: {
        tasks: [
          { key: 'DOUBLE-1', state: 'completed', lost: true },
          { key: 'TWICE-1', state: 'completed', lost: false },
        ],
      },
    })
    const show = (await sample.cli(['task', 'show', 'DOUBLE-1'])).stdout
    expect(show).toContain(`\nlost its landing: the target no longer contains its merge ${merge}\n`)
    expect(show).toMatch(RegExp(`\n  ${retry} +land its accepted work again\n`))
    expect((await sample.cli(['task', 'show', 'TWICE-1'])).stdout).not.toContain('retry')
    const health = await sample.cli(['health'])
    expect(health).toMatchObject({ code: 0, stdout: expect.stringMatching(/^DEGRADED/) })
    expect(health.stdout).toContain('the landing of DOUBLE-1 was lost: the target no longer contains it')
    expect(health.stdout).toContain(`Next: ${retry}\n`)

    expect(await sample.cli(['task', 'retry', 'DOUBLE-1'])).toMatchObject({ code: 0 })
    expect(await sample.json(['status'])).toMatchObject({
      document: { tasks: { completed: 1, retryable: 1 }, lost: [] },
    })
    const again = await sample.cli([...run, '--max-invocations', '20'])
    expect(again.stdout).toContain('completed: 2 of 2 tasks landed.')
    expect(await sample.json(['health'])).toMatchObject({ document: { status: 'HEALTHY', lost: [] } })
  })
})
