import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { askingAgent } from '../support/asking-agent.ts'
import { cliSample, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'

it('a command agent of the built program has the tools of its attempt within its sandbox', async () => {
  const script = {
    red: [numberTest('double'), { call: 'run_tests' }],
    green: [numberSource('double'), { call: 'run_tests' }, { call: 'task_criteria' }],
  }
  const argv = [process.execPath, await askingAgent(), JSON.stringify(script), '{prompt_file}']
  const sample = cliSample()
  await sample.cli([
    'ingest',
    sample.beside('plan.json', { version: 1, title: 'Numbers', tasks: [numberTask('double')] }),
  ])
  mkdirSync(join(sample.repo.root, '.tdd'))
  writeFileSync(
    join(sample.repo.root, '.tdd', 'config.toml'),
    `[agents.command]\nargv = ${JSON.stringify(argv)}\n`,
  )
  const { document, stderr } = await sample.json(['run'])
  expect(document, stderr).toMatchObject({ state: 'completed' })
  const { stdout } = await sample.cli(['task', 'log', 'DOUBLE-1'])
  expect(stdout).toContain('run_tests: A help, not the verdict')
  expect(stdout).toContain('1 passed, 0 failed')
  expect(stdout).toContain('task_criteria: AC-1: double(2) is 4')
})
