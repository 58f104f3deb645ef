import { describe, expect, it } from 'vitest'
import { cliSample, expectError, NODE_PROJECT, numberTask } from '../support/cli-sample.ts'
import { tempRepo } from '../support/temp-repo.ts'

describe('a run with an agent for the Agent Client Protocol', () => {
  it('says what to configure, and changes nothing', async () => {
    await expectRefusal('', 'config_invalid', /agents\.acp.*argv/)
  })

  it('says that its program is not there', async () => {
    await expectRefusal('[agents.acp]\nargv = ["no-such-agent", "acp"]\n', 'agent_missing', /no-such-agent/)
  })
})

async function expectRefusal(config: string, code: string, says: RegExp): Promise<void> {
  const files = config === '' ? NODE_PROJECT : { ...NODE_PROJECT, '.tdd/config.toml': config }
  const sample = cliSample(tempRepo(files))
  const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
  await sample.json(['ingest', sample.beside('plan.json', plan)])
  expectError(await sample.json(['run', '--agent', 'acp']), { code, says })
  const { document } = await sample.json(['status'])
  expect(document).toMatchObject({ run: { state: 'planned' }, spend: { invocations: 0 } })
}
