import { describe, expect, it } from 'vitest'
import { DRILL } from '../support/drill.ts'
import { cliSample } from '../support/cli-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { tempRepo } from '../support/temp-repo.ts'

describe('run --dry-run', () => {
  it('tells order, models, calls and cost beforehand, and starts nothing', async () => {
    const sample = cliSample(tempRepo(letterFiles))
    const plan = sample.beside('plan.json', letterPlan(['A', 'B', 'C'], { A: ['C'] }))
    await sample.json(['ingest', plan])
    const before = (await sample.cli(['events', '--json'])).stdout
    const line = ['run', '--dry-run', '--agent', 'claude', '--workers', '2']
    const {
      code,
      document: told,
      stderr,
    } = await sample.json([...line, '--max-usd', '0.5', '--max-invocations', '99'])
    expect(code, stderr).toBe(0)
    expect(told).toMatchObject({ agent: 'claude', workers: 2, basis: 'guess', time: { basis: 'guess' } })
    expect(told['tasks']).toMatchObject([
      {
        key: 'C',
        stages: [
          { stage: 'red', tier: 'high', model: 'opus' },
          { stage: 'green', tier: 'medium', model: 'sonnet' },
        ],
      },
      { key: 'A', dependsOn: ['C'] },
      { key: 'B' },
    ])
    expect(told['calls']).toMatchObject({ low: 6 })
    expect(told['budgets']).toMatchObject([
      { scope: 'run', measure: 'invocations', holds: 'yes' },
      { scope: 'run', measure: 'usd', most: 0.5, holds: 'no' },
    ])
    const page = await sample.cli([...line, '--max-usd-per-task', '0.1'])
    expect(page.stdout).toMatch(/^Budget +0\.10 USD of a task: does not hold it/m)
    expect(page.stdout).toMatch(/^1\. +C +Return c +RED opus, GREEN sonnet/m)
    expect((await sample.cli(['events', '--json'])).stdout).toBe(before)
    expect(await sample.json(['status'])).toMatchObject({
      document: { run: { state: 'planned' }, spend: { invocations: 0 }, cost: { calls: { low: 6 } } },
    })
  })

  it('tells of the agent that a run would take, also where the protocol has it', async () => {
    const sample = cliSample(
      tempRepo({ ...letterFiles, '.tdd/config.toml': '[agents.acp]\nargv = ["opencode", "acp"]\n' }),
    )
    await sample.json(['ingest', sample.beside('plan.json', letterPlan(['A']))])
    const { code, document: told } = await sample.json(['run', '--dry-run'])
    expect(code).toBe(0)
    expect(told).toMatchObject({ agent: 'acp', usd: null, time: { basis: 'guess' } })
    expect(told['tasks']).toMatchObject([{ stages: [{ model: null }, { model: null }] }])
  })

  it.runIf(DRILL)('knows from earlier runs what the next one costs', async () => {
    const sample = cliSample(tempRepo(letterFiles))
    const session = letterSession(['A', 'B', 'C', 'D', 'E'])
    for (const [place, stages] of Object.values(session.tasks).entries())
      for (const [first] of [stages.red, stages.green])
        first?.unshift({ usage: { inputTokens: 1_000, costUsd: 0.5 + (place % 3) / 100 } })
    const scripted = ['--agent', 'scripted', '--session', sample.beside('s.json', session)]
    await sample.json(['ingest', sample.beside('one.json', letterPlan(['A', 'B', 'C']))])
    const unknown = await sample.json(['run', '--dry-run', ...scripted])
    expect(unknown.document).toMatchObject({ usd: null, time: null, basis: 'guess' })
    await sample.json(['run', ...scripted])
    await sample.json(['ingest', sample.beside('two.json', letterPlan(['D', 'E']))])
    const { document: told } = await sample.json(['run', '--dry-run', ...scripted])
    expect(told).toMatchObject({ basis: 'history', calls: { low: 4, high: 4 }, time: { basis: 'history' } })
    const { low, high } = told['usd'] as { readonly low: number; readonly high: number }
    const { document: report } = await sample.json(['run', ...scripted])
    const { costUsd } = report['spend'] as { readonly costUsd: number }
    expect(costUsd).toBeGreaterThanOrEqual(low)
    expect(costUsd).toBeLessThanOrEqual(high)
    expect(high).toBeLessThan(2.5)
  })
})
