import { expect, it } from 'vitest'
import { cliSample, NODE_PROJECT, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { tempRepo } from '../support/temp-repo.ts'

const SUITE = 'name = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\nsetup = []'

it('tells once of a check whose program is missing, and of none that runs', async () => {
  const sample = cliSample(tempRepo(NODE_PROJECT))
  const checks = 'checks = { lint = ["no-such-linter", "--all"], types = ["node", "--version"] }'
  sample.repo.commit({ '.tdd/config.toml': `[[suites]]\n${SUITE}\n${checks}\n` })
  const names = ['double', 'twice']
  const tasks = names.map((name) => numberTask(name))
  await sample.json(['ingest', sample.beside('plan.json', { version: 1, title: 'Plan', tasks })])
  const stages = names.map((name) => [
    `${name.toUpperCase()}-1`,
    { red: [[numberTest(name)]], green: [[numberSource(name)]] },
  ])
  const session = sample.beside('s.session.json', { version: 1, tasks: Object.fromEntries(stages) })
  const run = await sample.json(['run', '--agent', 'scripted', '--session', session])
  expect(run, run.stderr).toMatchObject({
    code: 0,
    document: {
      state: 'completed',
      warnings: [
        expect.stringMatching(/lint held nothing, because no-such-linter --all could not be started/),
      ],
    },
  })
  expect(run.stderr.match(/no-such-linter/g)).toHaveLength(1)
})
