import { describe, expect, it } from 'vitest'
import {
  cliSample,
  type CliSample,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'

const NAMES = ['double', 'twice'] as const
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

async function ingested(): Promise<CliSample & { readonly scripted: readonly string[] }> {
  const sample = cliSample()
  await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  const session = sample.beside('s.session.json', SESSION)
  return { ...sample, scripted: ['--agent', 'scripted', '--session', session] }
}

describe('the flags of run', () => {
  it.runIf(DRILL)(
    'work in parallel on a branch of a name of its own, leave a branch for each task, and begin anew',
    async () => {
      const sample = await ingested()
      const { scripted, repo } = sample
      const first = await sample.json([
        'run',
        '--parallel',
        ...scripted,
        '--branches',
        '--target',
        'mine',
        '--workers',
        '3',
      ])
      expect(first, first.stderr).toMatchObject({
        code: 0,
        document: { state: 'completed', workers: 3, target: 'mine', next: 'git merge --ff-only mine' },
      })
      const { run, landed } = first.document as { run: string; landed: { task: string; green: string }[] }
      for (const { task, green } of landed) expect(repo.git('rev-parse', `tdd/${run}/${task}`)).toBe(green)
      expectError(await sample.json(['run', '--resume', ...scripted]), {
        code: 'nothing_to_run',
        says: /run/,
      })
      expectError(await sample.json(['run', ...scripted]), { code: 'nothing_to_run', says: /--new/ })

      const again = await sample.json(['run', '--new', '--single-branch', ...scripted], {
        env: { ...sample.env, TDD_MAX_WORKERS: '1' },
      })
      expect(again, again.stderr).toMatchObject({
        code: 0,
        document: { state: 'completed', workers: 1, target: 'tdd/numbers' },
      })
      expect(again.document['run']).not.toBe(run)
      expect(repo.git('for-each-ref', `refs/heads/tdd/${String(again.document['run'])}`)).toBe('')
    },
  )

  it.runIf(DRILL)(
    'pause when the agent calls of a flag or a variable are spent, and say how to go on',
    async () => {
      const sample = await ingested()
      const env = { ...sample.env, TDD_MAX_INVOCATIONS: '1' }
      const paused = await sample.json(['run', '--workers', '1', ...sample.scripted], { env })
      expect(paused, paused.stderr).toMatchObject({
        code: 75,
        document: { state: 'paused', pausedBy: 'budget', spend: { invocations: 1 } },
      })
      const still = await sample.cli(['run', '--max-invocations', '1', ...sample.scripted])
      expect(still.stdout).toMatch(/^1 attempt, 0 refused; 1 agent call, /m)
      const line = await sample.cli(['run', '--max-invocations', '2', ...sample.scripted])
      expect(line.code, line.stderr).toBe(75)
      expect(line.stdout).toContain('the budget of 2 agent calls of the run does not hold another attempt')
      expect(line.stdout).toContain('Next: orchestrator run --resume --max-invocations 4')
      expect((await sample.cli(['status'])).stdout).toMatch(
        /paused[\s\S]*Next: orchestrator run --resume --max-invocations 4$/m,
      )
      const resumed = await sample.json(['run', '--resume', '--max-invocations', '9', ...sample.scripted])
      expect(resumed, resumed.stderr).toMatchObject({
        code: 0,
        document: { state: 'completed', spend: { invocations: 4 } },
      })
    },
  )
})
